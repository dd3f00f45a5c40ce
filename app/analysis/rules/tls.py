"""A TLS connection of the running program fails on a certificate."""

from __future__ import annotations

from collections.abc import Iterator

from app.analysis.clues import DECISIVE, POSSIBLE, Clue, Scene, read_signs, sign
from app.core.diagnosis import Cause

_TLS = Cause.TLS

SIGNS = (
    sign(
        _TLS,
        DECISIVE - 0.4,
        r"""
        x509:
        certificate (?:has |is )?(?:expired|not yet valid|signed by unknown|verify failed
            ...|verification failed|is not trusted|unknown|required|revoked|invalid)
        certificate verify failed
        CERTIFICATE_VERIFY_FAILED
        CERT_HAS_EXPIRED
        CERT_NOT_YET_VALID
        CERT_UNTRUSTED
        ERR_TLS_CERT\w+
        self[- ]signed certificate
        SELF_SIGNED_CERT\w*
        unable to get (?:local )?issuer certificate
        UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT\w*)
        unable to verify the first certificate
        PKIX path
        SSLHandshakeException
        unable to find valid certification path
        CertificateExpiredException
        CertPathValidator\w*
        TrustAnchor
        unknown ca\b
        unknown_ca
        bad certificate
        alert (?:certificate|unknown|bad)\b
        tls: (?:failed to verify|bad cert|unknown cert)
        expired certificate
        certificates? .{0,40}(?:has |have |had )?expired
        (?:host ?name|certificate|IP address).{0,60}(?:mismatch|doesn't match|does not match|not valid for
            ...|match any of the subject)
        cannot validate certificate for
        ERR_TLS_CERT_ALTNAME_INVALID
        no alternative certificate subject name
        The remote certificate (?:is|was) (?:invalid|rejected)
        RemoteCertificate\w+
        The SSL connection could not be established
        AuthenticationException.{0,60}(?:certificate|SSL|TLS)
        SSL certificate (?:problem|error|verif)
        server certificate verification failed
        peer certificate cannot be authenticated
        invalid peer certificate
        UnknownIssuer
        NotValidYet
        CertExpired
        InvalidCertificate
        (?:could not|cannot|failed to|unable to) (?:verify|validate|trust) .{0,40}certificate
        certificate (?:chain|authority|store|bundle) .{0,60}(?:invalid|incomplete|missing|old|outdated|not|too)
        DST Root CA
        root (?:certificate )?store
        EE certificate key too weak
        ca md too weak
        ee key too small
        CA_MD_TOO_WEAK
        certificate relies on legacy Common Name
        certificate is valid for .{0,80}, not
        """,
        because="a TLS connection fails on a certificate",
        toneless=True,
        unless=r"no such file|not found|cannot load certificate|ignor(?:ed|ing)|generat|renew(?:ed|al succeeded)",
    ),
    sign(
        _TLS,
        POSSIBLE + 0.5,
        r"""
        SSL(?:Error|Exception)
        TLS handshake (?:fail|error)
        handshake (?:failure|failed)
        ssl\.SSL\w+
        SSL routines
        tls:[ ]
        wrong version number
        certificate
        """,
        because="a TLS connection fails",
        unless=r"no such file|not found|cannot load|generat|renew|timeout|loaded|listening|probe|created"
        r"|valid until",
    ),
)


def read(scene: Scene) -> Iterator[Clue]:
    if not scene.pulling:
        yield from read_signs(scene, SIGNS)
