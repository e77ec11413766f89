"""Settings of accounts: who may log in, how, and how often one may fail."""

import datetime

from skincare.environment import Environment

env = Environment()

SIGNUP_OPEN = env.bool("SIGNUP_OPEN", default=True)
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "upload"
LOGOUT_REDIRECT_URL = "login"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses who has failed too often
    "classifier.accounts.backends.PasswordBackend",
]

# Passwords

_RULES = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_RULES}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_RULES}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_RULES}.CommonPasswordValidator"},
    {"NAME": f"{_RULES}.NumericPasswordValidator"},
]

# Sessions: in a table of our own, so that a user can see and end them

SESSION_ENGINE = "classifier.accounts.session_store"

# Who fails too often waits, by name and address together: a stranger locks nobody out elsewhere

TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
"""How many proxies stand in front, each of which adds to `X-Forwarded-For`."""
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=5, at_least=1)
AXES_COOLOFF_TIME = datetime.timedelta(
    minutes=env.int("LOGIN_COOLOFF_MINUTES", default=15, at_least=1)
)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "skincare.client_address.client_address"
AXES_USERNAME_CALLABLE = "classifier.accounts.lockout.counted_name"
AXES_LOCKOUT_CALLABLE = "skincare.errors.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # what the refusal says stays true
AXES_DISABLE_ACCESS_LOG = True  # no record of who logged in when
AXES_ENABLE_ADMIN = False  # it shows addresses and names
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = [
    "username", "ip_address", "email", "otp", "code",
    "old_password", "new_password1", "new_password2", "password1", "password2",
]  # fmt: skip
"""Left out of its log and of its table."""

# The second factor

OTP_TOTP_ISSUER = "Skincare"
