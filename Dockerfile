# Two images of one code; tools/process NAME runs a line of the Procfile in either.
#   web     web, beat, courier and the migrations: nothing that calls or trains a network
#   worker  the same with what calls the network; neither trains
# tools/try_image runs these very steps where there is no Docker.
FROM python:3.12-slim-bookworm AS base
RUN useradd --create-home --uid 10001 skincare && install -d -o skincare -g skincare -m 700 /data
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SKINCARE_DATA_DIR=/data \
    HOST=0.0.0.0
WORKDIR /app

FROM base AS packages-web
RUN python3 -m venv /opt/venv
COPY requirements-web.txt ./
RUN pip install --no-cache-dir -r requirements-web.txt

FROM packages-web AS packages-worker
COPY requirements-worker.txt ./
RUN pip install --no-cache-dir -r requirements-worker.txt

FROM base AS code
COPY manage.py Procfile gunicorn.conf.py ./
COPY tools tools
COPY templates templates
COPY static static
COPY locale locale
COPY docs/results docs/results
COPY ml ml
COPY classifier classifier
COPY skincare skincare
# Of the networks the one that serves: others are registered by `manage.py register_model`.
RUN find ml/artifacts -mindepth 1 -maxdepth 1 -type d ! -name "$(cat ml/artifacts/ACTIVE)" -exec rm -r {} +
RUN python3 -m compileall -q ml classifier skincare

FROM base AS web
COPY --from=packages-web /opt/venv /opt/venv
COPY --from=code /app /app
USER 10001:10001
VOLUME /data
EXPOSE 4000
CMD ["tools/process", "web"]

FROM base AS worker
COPY --from=packages-worker /opt/venv /opt/venv
COPY --from=code /app /app
USER 10001:10001
VOLUME /data
CMD ["tools/process", "worker"]
