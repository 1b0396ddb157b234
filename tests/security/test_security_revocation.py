"""Lists of revoked certificates, and one authority at work for several runs."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from i247sim.security import frames
from i247sim.security.authority import Authority
from i247sim.security.certificates import verify_signing
from i247sim.security.revocation import serial_of, serials_in
from i247sim.vocabulary.directory import DirectoryDelta
from i247sim.vocabulary.errors import InputError
from i247sim.vocabulary.parties import Role

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ONE, TWO = "0123456789ab", "ba9876543210"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.create("aaaaaaaaaaaa", NOW, days=365)


@pytest.mark.parametrize("serials", [[], [5], [7, 5, 7, 2**158]], ids=["nobody", "one", "several, one twice"])
def test_a_list_holds_what_was_revoked_and_is_signed_by_the_issuing_authority(authority: Authority, serials: list[int]):
    listed = authority.revocation_list(serials, NOW)
    assert serials_in(listed) == frozenset(serials)
    parsed, issuing = x509.load_pem_x509_crl(listed), x509.load_der_x509_certificate(authority.issuing)
    assert parsed.is_signature_valid(issuing.public_key())  # type: ignore[arg-type]
    assert parsed.issuer == issuing.subject
    assert parsed.last_update_utc == NOW
    assert parsed.next_update_utc == NOW + timedelta(days=365)


def test_the_number_of_a_list_grows_with_time(authority: Authority):
    lists = [authority.revocation_list([], NOW + timedelta(microseconds=step)) for step in range(3)]
    numbers = [
        x509.load_pem_x509_crl(one).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for one in lists
    ]
    assert numbers == sorted(set(numbers))


def test_what_is_no_list_is_said():
    with pytest.raises(InputError, match="not readable PEM"):
        serials_in(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")


def test_a_partys_tls_certificate_is_the_one_that_is_revoked(authority: Authority):
    identity = authority.for_run(ONE, NOW).issue("FR", Role.BUREAU, NOW, LATER, mldsa=False)
    first, *_ = x509.load_pem_x509_certificates(identity.tls_cert)
    assert serial_of(identity.tls_cert) == first.serial_number


def test_two_runs_share_the_root_and_nothing_that_signs_their_directories(authority: Authority):
    one, two = authority.for_run(ONE, NOW), authority.for_run(TWO, NOW)
    assert one.root == two.root == authority.root
    assert one.issuing == two.issuing
    assert len({one.certificate, two.certificate, authority.certificate}) == 3
    assert (one.run, two.run) == (ONE, TWO)
    for each in (one, two):
        assert verify_signing(each.certificate, each.root, each.issuing, NOW).party == "AUTHORITY"
    delta = DirectoryDelta(number=1, issued=NOW, valid_until=LATER, entries=())
    frame = frames.parse(one.sign_directory(delta, NOW))
    assert frame.frame.run == ONE


def test_a_runs_tls_certificates_hold_from_its_own_beginning(authority: Authority):
    identity = authority.for_run(ONE, LATER, days=3).issue("FR", Role.BUREAU, NOW, LATER, mldsa=False)
    first, *_ = x509.load_pem_x509_certificates(identity.tls_cert)
    assert (first.not_valid_before_utc, first.not_valid_after_utc) == (LATER, LATER + timedelta(days=3))
