//! What is to be judged, and what makes two of it the same.
//! It hashes and compares, and reads nothing.

use std::sync::Arc;

use bytes::Bytes;

use crate::crypto::{Digest, DigestAlgorithm};
use crate::license::{ContentDigest, Sought};
use crate::pki::Certificate;

/// What is to be judged, and what came beside it.
pub struct Material {
    /// What it is expected to be.
    pub sought: Sought,
    /// The file: a document, a seal, or a signature.
    pub file: Bytes,
    /// What a signature that comes alone was made over.
    pub content: Option<Given>,
    /// The certificate of a signature that carries none.
    pub signer: Option<Certificate>,
}

/// Content beside a signature, or only its digest.
pub enum Given {
    /// The bytes.
    Bytes(Bytes),
    /// A digest of them.
    Digest(ContentDigest),
}

impl Material {
    /// A file whose format its content tells, with nothing beside it.
    pub const fn file(file: Bytes) -> Self {
        Self { sought: Sought::File, file, content: None, signer: None }
    }

    /// The content beside the file, if it came whole.
    fn content(&self) -> Option<&[u8]> {
        match &self.content {
            Some(Given::Bytes(bytes)) => Some(bytes),
            Some(Given::Digest(_)) | None => None,
        }
    }

    /// Bytes to hash and to judge.
    pub(super) fn bytes(&self) -> usize {
        self.file.len().saturating_add(self.content().map_or(0, <[u8]>::len))
    }

    /// What there is to hash, in the order in which [`Material::identified_by`] asks for it: the file, and what came beside it.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        let signer = self.signer.as_ref().map(Certificate::der);
        std::iter::once(self.file.as_ref()).chain(self.content()).chain(signer)
    }

    /// Hashes all of it.
    pub fn identified(self: Arc<Self>) -> Identified {
        self.identified_by(|part| DigestAlgorithm::Sm3.digest(part))
    }

    /// What it is by what `digest` gives for each of its parts, one after the other.
    pub(super) fn identified_by(self: Arc<Self>, mut digest: impl FnMut(&[u8]) -> Digest) -> Identified {
        let digests = Digests {
            file: digest(&self.file),
            content: self.content.as_ref().map(|content| match content {
                Given::Bytes(bytes) => ContentDigest::made(DigestAlgorithm::Sm3, digest(bytes)),
                Given::Digest(digest) => *digest,
            }),
            signer: self.signer.as_ref().map(|signer| digest(signer.der())),
        };
        let key = self.key(&digests);
        Identified { material: self, digests, key }
    }

    /// What the judgement of this is kept under: digests of all of it, and what it is held to be.
    fn key(&self, digests: &Digests) -> MaterialKey {
        let given = self.content.as_ref().map(|content| matches!(content, Given::Bytes(_)));
        MaterialKey { sought: self.sought, digests: *digests, content_given: given }
    }
}

/// Sizes and kinds only: files and content hold personal data.
impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Material")
            .field("sought", &self.sought)
            .field("file_bytes", &self.file.len())
            .field("has_content", &self.content.is_some())
            .field("has_signer", &self.signer.is_some())
            .finish()
    }
}

/// Digests of what was judged, for its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digests {
    /// SM3 of the file. To be recorded as it is: a license or a signature cannot be guessed, and whoever holds it is to
    /// find it in the ledger again.
    pub file: Digest,
    /// The digest of the content beside it. To be recorded under a key: content may be short enough to be guessed.
    pub content: Option<ContentDigest>,
    /// SM3 of the certificate beside it. To be recorded under a key: it may be a person's.
    pub signer: Option<Digest>,
}

/// What makes two materials the same, so that one judgement serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaterialKey {
    sought: Sought,
    digests: Digests,
    /// Whether content beside it came as bytes; of a digest alone less can be told.
    content_given: Option<bool>,
}

/// Material that is identified.
#[derive(Clone, Debug)]
pub struct Identified {
    /// The material.
    pub material: Arc<Material>,
    /// Its digests, for its record.
    pub digests: Digests,
    /// What its judgement may be kept under.
    pub key: MaterialKey,
}
