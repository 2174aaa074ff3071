//! Keyed pseudonyms: how records and limits tell persons apart without holding who they are.

use ring::hmac;

/// A key under which one person always has the same pseudonym, and without which nobody can guess it.
pub struct PseudonymKey(hmac::Key);

impl PseudonymKey {
    /// A key from 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The pseudonym of `value` in `domain`, 32 hexadecimal digits; domains cannot be linked with each other.
    pub fn pseudonym(&self, domain: &str, value: &str) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(domain.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        // 128 bits keep two of a nation's 1.4 billion people apart.
        context.sign().as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PseudonymKey")
    }
}
