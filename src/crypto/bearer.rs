//! A secret that somebody shows to be let in. What is shown is compared by digests under a key of its own, so that how long
//! it takes tells nothing about the secret.

use super::PseudonymKey;

/// What a token is compared by.
const DOMAIN: &str = "bearer";

/// The secret, as far as it takes to know it again.
pub struct BearerToken(super::Digest);

impl BearerToken {
    /// A token of 64 hexadecimal digits, as `openssl rand -hex 32` prints them; nothing shorter, which could be guessed.
    pub fn parse(hexadecimal: &str) -> Option<Self> {
        PseudonymKey::parse(hexadecimal).map(|key| Self(key.digest(DOMAIN, b"")))
    }

    /// Whether `shown` is the token.
    pub fn is(&self, shown: &str) -> bool {
        Self::parse(shown).is_some_and(|other| other.0 == self.0)
    }
}

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_is_the_token() {
        let token = BearerToken::parse(&"0a".repeat(32)).unwrap();
        assert!(token.is(&"0A".repeat(32)));
        for other in [String::new(), "0a".repeat(31), "0b".repeat(32)] {
            assert!(!token.is(&other));
        }
        assert!(BearerToken::parse("secret").is_none());
    }
}
