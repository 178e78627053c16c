import unittest

from ..tools import commitment


class TestCommitment(unittest.TestCase):
    """Pure rule: no database."""

    def test_verify_accepts_only_what_was_committed(self):
        nonce = commitment.new_nonce()
        made = commitment.commit("100000.00", "CNY", nonce)
        self.assertTrue(commitment.verify(made, "100000.00", "CNY", nonce))
        self.assertFalse(commitment.verify(made, "100000.01", "CNY", nonce))
        self.assertFalse(commitment.verify(made, "100000.00", "USD", nonce))
        self.assertFalse(
            commitment.verify(made, "100000.00", "CNY", commitment.new_nonce())
        )
        self.assertFalse(commitment.verify(None, "100000.00", "CNY", nonce))

    def test_commitment_is_known_sha256(self):
        # echo -n '1.00|CNY|00' | sha256sum
        self.assertEqual(
            commitment.commit("1.00", "CNY", "00"),
            __import__("hashlib").sha256(b"1.00|CNY|00").hexdigest(),
        )

    def test_nonce_has_256_bits_and_does_not_repeat(self):
        self.assertEqual(len(commitment.new_nonce()), 64)
        self.assertNotEqual(commitment.new_nonce(), commitment.new_nonce())
