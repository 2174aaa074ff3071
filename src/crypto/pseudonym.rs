//! Keyed pseudonyms: how records and limits tell persons apart without holding who they are.

use ring::hmac;

use super::Digest;
use crate::hex;

/// A key under which one person always has the same pseudonym, and without which nobody can guess it.
pub struct PseudonymKey(hmac::Key);

impl PseudonymKey {
    /// A key from 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// A key from 64 hexadecimal digits, as `openssl rand -hex 32` prints them.
    pub fn parse(hexadecimal: &str) -> Option<Self> {
        hex::decode(hexadecimal).map(|secret| Self::new(&secret))
    }

    /// The pseudonym of `value` in `domain`, 32 hexadecimal digits; domains cannot be linked with each other.
    pub fn pseudonym(&self, domain: &str, value: &str) -> String {
        // 128 bits keep two of a nation's 1.4 billion people apart.
        let digest = self.digest(domain, value.as_bytes());
        hex::encode(digest.as_ref().get(..16).unwrap_or_default())
    }

    /// The keyed digest of `value` in `domain` (HMAC-SHA256), for what a plain digest would not hide: a query is a
    /// citizen number and little else, and these can be tried out one by one.
    pub fn digest(&self, domain: &str, value: &[u8]) -> Digest {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(domain.as_bytes());
        context.update(&[0]);
        context.update(value);
        Digest::new(context.sign().as_ref())
    }
}

impl std::fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PseudonymKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_in_both_forms() {
        let key = PseudonymKey::parse(&"0a".repeat(32)).unwrap();
        assert_eq!(key.pseudonym("subject", "x"), PseudonymKey::new(&[10; 32]).pseudonym("subject", "x"));
        assert_ne!(key.pseudonym("subject", "x"), key.pseudonym("operator", "x"));
        assert!(PseudonymKey::parse("0a").is_none() && PseudonymKey::parse(&"0g".repeat(32)).is_none());
    }
}
