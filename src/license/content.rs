//! What a signature was made over, as far as it is given beside it: the bytes, or only a digest of them.
//! It says what can be told from a digest and what cannot; what follows from that is the judge's business.

use std::sync::Arc;

use crate::crypto::{Checks, Digest, DigestAlgorithm, Message, PublicKey, SignatureAlgorithm};
use crate::document::cms::SignedAttributes;
use crate::hex;
use crate::seal::SesSignature;
use crate::verdict::{Code, Reason};

/// Content up to this size is copied, to be hashed together with other things. 64 KiB: a description of 500 files.
const COPIED: usize = 64 << 10;

/// What was signed.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// The bytes themselves.
    Bytes(&'a [u8]),
    /// Only a digest of them.
    Digest(ContentDigest),
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

/// How a digest of content was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestMethod {
    /// Over the content alone. Serves where a signature holds such a digest: dataHash of a seal signature, the digest that
    /// CMS encloses, the attribute messageDigest.
    Plain(DigestAlgorithm),
    /// SM3(Z_A ‖ content), with Z_A of the signer's key and the usual identity (GB/T 32918.2-2016 §5.5, §6.1): `sm3-za`.
    /// Serves where an SM2 signature is over the content itself, which SM3 of the content alone does not.
    Sm2,
}

impl DigestMethod {
    /// Every method.
    pub const ALL: [Self; 6] = [
        Self::Plain(DigestAlgorithm::Sm3),
        Self::Sm2,
        Self::Plain(DigestAlgorithm::Sha256),
        Self::Plain(DigestAlgorithm::Sha384),
        Self::Plain(DigestAlgorithm::Sha512),
        Self::Plain(DigestAlgorithm::Sha1),
    ];

    /// The name in requests and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain(algorithm) => algorithm.name(),
            Self::Sm2 => "sm3-za",
        }
    }

    /// The method of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    const fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Plain(algorithm) => algorithm,
            Self::Sm2 => DigestAlgorithm::Sm3,
        }
    }
}

/// A digest of content, made elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentDigest {
    method: DigestMethod,
    value: Digest,
}

/// Why something is no digest of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// It does not begin with the name of a method and a colon.
    #[error("it is not ALGORITHM:HEX, such as `sm3:` and 64 hexadecimal digits")]
    Form,
    /// No method has that name.
    #[error("the algorithm is none of `{}`", DigestMethod::ALL.map(DigestMethod::name).join("`, `"))]
    Method,
    /// The value is not that of a digest.
    #[error("the value is not {0} hexadecimal digits")]
    Value(usize),
}

impl ContentDigest {
    /// The digest of `bytes`, which are content.
    pub fn of(algorithm: DigestAlgorithm, bytes: &[u8]) -> Self {
        Self::made(algorithm, algorithm.digest(bytes))
    }

    /// The digest `value` of content, which `algorithm` made of its bytes.
    pub(crate) fn made(algorithm: DigestAlgorithm, value: Digest) -> Self {
        Self { method: DigestMethod::Plain(algorithm), value }
    }

    /// The digest whose value is written in the hexadecimal digits `value`.
    pub fn from_hex(method: DigestMethod, value: &str) -> Result<Self, DigestError> {
        let algorithm = method.algorithm();
        let bytes = match algorithm.length() {
            20 => hex::decode::<20>(value).map(Vec::from),
            32 => hex::decode::<32>(value).map(Vec::from),
            48 => hex::decode::<48>(value).map(Vec::from),
            _ => hex::decode::<64>(value).map(Vec::from),
        };
        let value = bytes.and_then(|bytes| algorithm.received(&bytes));
        let value = value.ok_or(DigestError::Value(algorithm.length().saturating_mul(2)))?;
        Ok(Self { method, value })
    }

    /// Parses `ALGORITHM:HEX`, as the command line takes it.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let (name, value) = text.split_once(':').ok_or(DigestError::Form)?;
        Self::from_hex(DigestMethod::named(name).ok_or(DigestError::Method)?, value)
    }
}

impl ContentDigest {
    /// What is to be said where a signature was found good by this digest instead of the content.
    pub(super) fn doubts(&self) -> impl Iterator<Item = Reason> {
        let name = self.method.name();
        // Two contents with one SHA-1 can be made; with the content at hand the signature's own digest would count.
        let weak = self.method == DigestMethod::Plain(DigestAlgorithm::Sha1);
        let weak = weak.then(|| Reason::new(Code::SignatureWeak, "").with(name));
        std::iter::once(Reason::new(Code::SignatureDigestOnly, "").with(name)).chain(weak)
    }
}

impl std::fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.method.name(), self.value.hex())
    }
}

impl<'a> Content<'a> {
    /// Whether `expected` is the digest by `algorithm`; `None` if only another digest is known.
    pub(super) fn has_digest(&self, algorithm: DigestAlgorithm, expected: &[u8]) -> Option<bool> {
        match self {
            Self::Bytes(bytes) => Some(algorithm.digest(bytes).as_ref() == expected),
            Self::Digest(digest) => {
                (digest.method == DigestMethod::Plain(algorithm)).then(|| digest.value.as_ref() == expected)
            }
        }
    }

    /// Whether the bytes have the form of what signatures of another kind are over: the attributes of CMS, the statement of a
    /// seal signature. Whoever holds such a signature can dress its value up as one over these bytes, which nobody made.
    pub(super) fn is_of_other_kind(&self, depth: u32) -> bool {
        match self {
            Self::Bytes(bytes) => {
                SignedAttributes::are(bytes, depth) || SesSignature::is_statement(bytes, depth)
            }
            // Where the bytes are not known, nothing is said for them that a digest could not be made to fit.
            Self::Digest(_) => false,
        }
    }

    /// The same, as `checks` answer it.
    pub(super) fn has_digest_by(
        &self,
        checks: &mut Checks,
        algorithm: DigestAlgorithm,
        expected: &[u8],
    ) -> Option<bool> {
        match self {
            Self::Bytes(bytes) if bytes.len() <= COPIED => {
                Some(checks.has_digest(algorithm, &Arc::new(bytes.to_vec()), expected))
            }
            Self::Bytes(_) | Self::Digest(_) => self.has_digest(algorithm, expected),
        }
    }

    /// Whether `expected` is SM3(Z_A ‖ content) under `key`, as far as that can be told.
    pub(super) fn has_prefixed_digest(&self, key: &PublicKey, expected: &[u8]) -> bool {
        match self {
            Self::Bytes(bytes) => {
                key.prefixed_digest(bytes).is_some_and(|digest| digest.as_ref() == expected)
            }
            // No other key has a prefix.
            Self::Digest(digest) => {
                matches!(key, PublicKey::Sm2(_))
                    && digest.method == DigestMethod::Sm2
                    && digest.value.as_ref() == expected
            }
        }
    }

    /// Whether this is the content `other`; `None` if the digest depends on a key as well.
    pub(super) fn is(&self, other: &[u8]) -> Option<bool> {
        match self {
            Self::Bytes(bytes) => Some(*bytes == other),
            Self::Digest(ContentDigest { method: DigestMethod::Plain(algorithm), value }) => {
                Some(algorithm.digest(other) == *value)
            }
            Self::Digest(ContentDigest { method: DigestMethod::Sm2, .. }) => None,
        }
    }

    /// The content as a message that a signature by `algorithm` can be checked over; `None` if the digest is not the one
    /// that such a signature starts from.
    pub(super) fn message(self, algorithm: SignatureAlgorithm) -> Option<Message<'a>> {
        match self {
            Self::Bytes(bytes) => Some(Message::Whole(bytes)),
            Self::Digest(ContentDigest { method: DigestMethod::Sm2, value })
                if algorithm == SignatureAlgorithm::Sm2Sm3 =>
            {
                <[u8; 32]>::try_from(value.as_ref()).ok().map(Message::Sm2Digest)
            }
            Self::Digest(_) => None,
        }
    }

    /// What a signature by `algorithm` over the content itself can be checked over, for reasons.
    pub(super) const fn wanted(algorithm: SignatureAlgorithm) -> &'static str {
        match algorithm {
            SignatureAlgorithm::Sm2Sm3 => "the content or sm3-za",
            _ => "the content",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_they_are_parsed() {
        let sm3 = ContentDigest::of(DigestAlgorithm::Sm3, b"abc");
        assert_eq!(ContentDigest::parse(&sm3.to_string()), Ok(sm3));
        for method in DigestMethod::ALL {
            let digits = method.algorithm().length() * 2;
            let text = format!("{}:{}", method.name(), "5A".repeat(digits / 2));
            assert_eq!(
                ContentDigest::parse(&text).unwrap().to_string(),
                text.to_lowercase().replace("5A", "5a")
            );
            let short = format!("{}:{}", method.name(), "5a".repeat(digits / 2 - 1));
            assert_eq!(ContentDigest::parse(&short), Err(DigestError::Value(digits)));
        }
        assert_eq!(ContentDigest::parse("abc"), Err(DigestError::Form));
        assert_eq!(ContentDigest::parse("md5:00"), Err(DigestError::Method));
        assert_eq!(ContentDigest::parse("SM3:00"), Err(DigestError::Method));
    }

    /// What each kind of knowledge can tell: yes, no, or nothing.
    #[test]
    fn a_digest_tells_only_what_it_can() {
        use DigestAlgorithm::{Sha256, Sm3};
        let content = b"content".as_slice();
        let (sm3, sha256) = (Sm3.digest(content), Sha256.digest(content));
        let bytes = Content::Bytes(content);
        let known = Content::Digest(ContentDigest::of(Sm3, content));
        let prefixed = Content::Digest(ContentDigest { method: DigestMethod::Sm2, value: sm3 });
        for (given, of_sm3, of_sha256, of_other, is) in [
            (bytes, Some(true), Some(true), Some(false), Some(true)),
            (known, Some(true), None, Some(false), Some(true)),
            (prefixed, None, None, None, None),
        ] {
            assert_eq!(given.has_digest(Sm3, sm3.as_ref()), of_sm3, "{given:?}");
            assert_eq!(given.has_digest(Sha256, sha256.as_ref()), of_sha256, "{given:?}");
            assert_eq!(given.has_digest(Sm3, b"other"), of_other, "{given:?}");
            assert_eq!(given.is(content), is, "{given:?}");
        }
        assert!(bytes.message(SignatureAlgorithm::RsaSha256).is_some());
        assert!(known.message(SignatureAlgorithm::Sm2Sm3).is_none());
        assert!(prefixed.message(SignatureAlgorithm::Sm2Sm3).is_some());
        assert!(prefixed.message(SignatureAlgorithm::EcdsaSha256).is_none());
    }
}
