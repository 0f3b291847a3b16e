"""A certificate authority that lives as long as the test, and the certificates that it gives to hosts on demand."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LOOPBACK = "127.0.0.1"

_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """One authority; `bundle` is the file that makes a client trust it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Requests {folder.name}")])
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        folder.mkdir()
        own = self._certificate(self._name, x509.BasicConstraints(ca=True, path_length=0), _SIGNS)
        self.bundle = folder / "bundle.pem"
        self.bundle.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def _certificate(self, subject: x509.Name, *extensions: x509.ExtensionType) -> x509.Certificate:
        """Python 3.13 and later refuse a certificate without the two key identifiers."""
        now, key = datetime.datetime.now(datetime.UTC), self._key.public_key()
        identifiers = [
            x509.SubjectKeyIdentifier.from_public_key(key),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key),
        ]
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(hours=6))
        )
        for extension in [*extensions, *identifiers]:
            critical = isinstance(extension, (x509.BasicConstraints, x509.KeyUsage))
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())

    def _context(self, host: str) -> ssl.SSLContext:
        """The side of TLS that is that host."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._new_context(host)
            return self._contexts[host]

    def _new_context(self, host: str) -> ssl.SSLContext:
        try:
            name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        leaf = self._certificate(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")]),
            x509.SubjectAlternativeName([name]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        )
        file = self._folder / f"leaf-{len(self._contexts)}.pem"
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        file.write_bytes(self._key.private_bytes(*form) + leaf.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        context.sni_callback = self._choose
        return context

    @contextlib.contextmanager
    def handshake(self, connection: socket.socket) -> Iterator[tuple[ssl.SSLSocket, str]]:
        """TLS on a connection, as the host that the client names; without a name, as loopback."""
        with self._context(_LOOPBACK).wrap_socket(connection, server_side=True) as secured:
            yield secured, getattr(secured, "named", _LOOPBACK)

    def _choose(self, secured: ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        """Takes the certificate of the host that a client names, and keeps the name with the connection."""
        if name is not None:
            secured.context = self._context(name)
            secured.named = name  # type: ignore[attr-defined]
