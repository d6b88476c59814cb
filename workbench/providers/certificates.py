"""Says in words why a server's certificate is refused, and which setting helps.
Knows nothing about requests."""

from __future__ import annotations

import ssl

from workbench.errors import ProviderError
from workbench.space.model import Model

_ADD_IT = (
    "If you trust it, write its certificate, or that of the authority that issued it, in PEM format into a "
    "file, and name that file in SSL_CERT_FILE. The file replaces the usual list of authorities."
)
_ANOTHER_NAME = "Write the name that its certificate is for in base_url."
# By OpenSSL's number of what is wrong.
PROBLEMS = {
    9: ("is not valid yet", "Is this machine's clock right?"),
    10: ("has expired", "Whoever runs the server has to renew it. Is this machine's clock right?"),
    18: ("is self-signed", _ADD_IT),
    19: ("was issued by an unknown authority that signed itself", _ADD_IT),
    20: ("was issued by an unknown authority", _ADD_IT),
    21: ("was issued by an unknown authority", _ADD_IT),
    62: ("is for another host name", _ANOTHER_NAME),
    64: ("is for another address", _ANOTHER_NAME),
}


def explain_certificate(error: BaseException | None, model: Model) -> ProviderError | None:
    """The error when TLS failed with this server; None for an error of another kind."""
    refusal = _find_in_chain(error)
    if refusal is None:
        return None
    if isinstance(refusal, ssl.SSLCertVerificationError):
        what, hint = PROBLEMS.get(refusal.verify_code, (f"is refused: {refusal.verify_message}", _ADD_IT))
        return ProviderError(
            f"The certificate of {model.base_url} {what}.",
            kind="unreachable",
            hint=f"{hint} Nothing was sent.",
        )
    if refusal.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        return ProviderError(
            f"{model.base_url} does not speak TLS.",
            kind="unreachable",
            hint="If it is meant to be reached without encryption, write http:// in base_url.",
        )
    return None


def _find_in_chain(error: BaseException | None) -> ssl.SSLError | None:
    """The error of TLS that an error wraps or was caused by. aiohttp's are of that class too, without what
    OpenSSL says."""
    for _ in range(10):
        wrapped = getattr(error, "certificate_error", None) or getattr(error, "os_error", None)
        if error is None or (wrapped is None and isinstance(error, ssl.SSLError)):
            return error
        error = wrapped or error.__cause__ or error.__context__
    return None
