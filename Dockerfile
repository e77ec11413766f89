# One image for every process; tools/process NAME runs a line of the Procfile.
FROM python:3.12-slim

RUN useradd --create-home --uid 10001 skincare
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
ENV PYTHONUNBUFFERED=1 \
    SKINCARE_DATA_DIR=/data \
    HOST=0.0.0.0
RUN mkdir /data && chown skincare /data
USER skincare
VOLUME /data
EXPOSE 4000
CMD ["tools/process", "web"]
