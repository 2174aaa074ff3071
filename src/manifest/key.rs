//! Keys of signed notes, as `golang.org/x/mod/sumdb/note` writes them: `NAME+ID+BASE64(type ‖ key)`, private ones with
//! `PRIVATE+KEY+` in front. A name belongs to one person.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::note::{Note, SignatureLine};
use crate::crypto::{DigestAlgorithm, Ed25519Key, PublicKey, SignError, SignatureAlgorithm, SigningKey};
use crate::hex;

/// The name of a key: 1 to 64 ASCII letters, digits, `.`, `-`, `_`, `/` and `@`. ASCII alone, so that no two names look alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Parses a name; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/@".contains(&byte);
        ((1..=64).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Ed25519, type 0x01 of the specification.
    Ed25519,
    /// SM2 with SM3 (GB/T 32918.2, the default identity of GB/T 35276), r before s.
    Sm2,
}

impl Scheme {
    const ALL: [Self; 2] = [Self::Ed25519, Self::Sm2];

    /// The type in identifiers and keys. 0xff and a name of its own is what the specification has for types without a
    /// byte of theirs.
    const fn tag(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => &[0x01],
            Self::Sm2 => b"\xfftongban/sm2-with-sm3",
        }
    }

    /// The name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::Sm2 => "SM2",
        }
    }
}

/// Why text is no key. Never repeats the text: it may be a private one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not written as a key.
    #[error("it is not written as a key, `NAME+ID+BASE64`")]
    Malformed,
    /// The type is not known.
    #[error("it is of a type that is neither Ed25519 nor SM2")]
    Scheme,
    /// The key itself is not one.
    #[error("the key in it is not one")]
    Key,
    /// The identifier is that of another key.
    #[error("its identifier is that of another key; a character may be lost")]
    Identifier,
}

/// A public key.
#[derive(Clone, Debug)]
pub struct VerifierKey {
    name: KeyName,
    scheme: Scheme,
    bytes: Vec<u8>,
    key: PublicKey,
}

impl VerifierKey {
    fn new(name: KeyName, scheme: Scheme, bytes: &[u8]) -> Result<Self, KeyError> {
        let key = match scheme {
            Scheme::Ed25519 if bytes.len() == 32 => PublicKey::Ed25519(bytes.to_vec()),
            Scheme::Ed25519 => return Err(KeyError::Key),
            Scheme::Sm2 => PublicKey::sm2(bytes).map_err(|_| KeyError::Key)?,
        };
        Ok(Self { name, scheme, bytes: bytes.to_vec(), key })
    }

    /// Parses a key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, scheme, bytes) = parts(text)?;
        let key = Self::new(name, scheme, &bytes)?;
        // Also holds the text to one spelling.
        if hex::encode(&key.id()) == id { Ok(key) } else { Err(KeyError::Identifier) }
    }

    /// Whose it is.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// How it signs.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The key itself: 32 bytes for Ed25519, an uncompressed point for SM2.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The identifier: the first bytes of SHA-256 over name, type and key.
    pub fn id(&self) -> [u8; 4] {
        let named = [self.name.as_str().as_bytes(), b"\n", self.scheme.tag(), &self.bytes].concat();
        let digest = DigestAlgorithm::Sha256.digest(&named);
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// Whether `line` claims to be by this key.
    pub fn is_claimed_by(&self, line: &SignatureLine) -> bool {
        line.name == self.name && line.id == self.id()
    }

    /// Whether `line` is this key's signature over `text`.
    pub fn signed(&self, text: &str, line: &SignatureLine) -> bool {
        let algorithm = match self.scheme {
            Scheme::Ed25519 => SignatureAlgorithm::Ed25519,
            Scheme::Sm2 => SignatureAlgorithm::Sm2Sm3,
        };
        // Both kinds have 64 bytes; of SM2 that leaves one spelling.
        line.value.len() == 64
            && self.is_claimed_by(line)
            && algorithm.verify(&self.key, text.as_bytes(), &line.value).is_ok()
    }
}

impl PartialEq for VerifierKey {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.scheme, &self.bytes) == (&other.name, other.scheme, &other.bytes)
    }
}

impl Eq for VerifierKey {}

/// As it is parsed.
impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([self.scheme.tag(), &self.bytes].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(&self.id()))
    }
}

/// A private key. Never prints.
pub struct PrivateKey {
    secret: Secret,
    public: VerifierKey,
}

enum Secret {
    Ed25519(Ed25519Key),
    Sm2(SigningKey),
}

const PRIVATE: &str = "PRIVATE+KEY+";

impl PrivateKey {
    /// The key of `name` that 32 random bytes make.
    pub fn new(name: KeyName, scheme: Scheme, random: &[u8; 32]) -> Result<Self, KeyError> {
        let (secret, public) = match scheme {
            Scheme::Ed25519 => {
                let key = Ed25519Key::from_seed(random).map_err(|_| KeyError::Key)?;
                let public = key.public_bytes().to_vec();
                (Secret::Ed25519(key), public)
            }
            Scheme::Sm2 => {
                let key = SigningKey::from_secret(random).map_err(|_| KeyError::Key)?;
                let public = key.public_point();
                (Secret::Sm2(key), public)
            }
        };
        Ok(Self { secret, public: VerifierKey::new(name, scheme, &public)? })
    }

    /// How the key that `random` makes is written to a file: the only place where a secret becomes text.
    pub fn secret_text(&self, random: &[u8; 32]) -> String {
        let public = &self.public;
        let key = STANDARD.encode([public.scheme.tag(), random].concat());
        format!("{PRIVATE}{}+{}+{key}", public.name, hex::encode(&public.id()))
    }

    /// Parses a private key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, id, scheme, bytes) = parts(text.strip_prefix(PRIVATE).ok_or(KeyError::Malformed)?)?;
        let random = <[u8; 32]>::try_from(bytes).map_err(|_| KeyError::Key)?;
        let key = Self::new(name, scheme, &random)?;
        if hex::encode(&key.public.id()) == id { Ok(key) } else { Err(KeyError::Identifier) }
    }

    /// Its public half.
    pub const fn public(&self) -> &VerifierKey {
        &self.public
    }

    /// Signs the text of `note` and adds the signature; `false` if the key had signed already.
    pub fn sign(&self, note: &mut Note) -> Result<bool, SignError> {
        let text = note.text().as_bytes();
        let value = match &self.secret {
            Secret::Ed25519(key) => key.sign(text),
            Secret::Sm2(key) => key.sign_raw(text)?.to_vec(),
        };
        Ok(note.add(SignatureLine { name: self.public.name.clone(), id: self.public.id(), value }))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public.name)
    }
}

/// Name, identifier, type and key of `NAME+ID+BASE64`.
fn parts(text: &str) -> Result<(KeyName, &str, Scheme, Vec<u8>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Malformed);
    };
    let name = KeyName::parse(name).ok_or(KeyError::Malformed)?;
    let key = STANDARD.decode(key).map_err(|_| KeyError::Malformed)?;
    let found = Scheme::ALL.into_iter().find_map(|scheme| Some((scheme, key.strip_prefix(scheme.tag())?)));
    let (scheme, bytes) = found.ok_or(KeyError::Scheme)?;
    Ok((name, id, scheme, bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_they_are_parsed_and_sign() {
        for scheme in Scheme::ALL {
            let random = [7; 32];
            let key = PrivateKey::new(KeyName::parse("li.na").unwrap(), scheme, &random).unwrap();
            let again = PrivateKey::parse(&key.secret_text(&random)).unwrap();
            let public = VerifierKey::parse(&again.public().to_string()).unwrap();
            assert_eq!(&public, key.public());
            let mut note = Note::unsigned("text\n".to_owned());
            assert!(again.sign(&mut note).unwrap() && !again.sign(&mut note).unwrap());
            let [line] = note.signatures() else { panic!("{note}") };
            assert!(public.signed("text\n", line) && !public.signed("text", line));
            assert_eq!(format!("{again:?}"), "PrivateKey(li.na)");
        }
    }

    /// The example of the specification, by the key that `golang.org/x/mod/sumdb/note` would know it by.
    #[test]
    fn one_lost_character_is_noticed() {
        let key = PrivateKey::new(KeyName::parse("a").unwrap(), Scheme::Ed25519, &[1; 32]).unwrap();
        let text = key.public().to_string();
        assert_eq!(VerifierKey::parse(&text.replacen("a+", "b+", 1)), Err(KeyError::Identifier));
        assert_eq!(VerifierKey::parse(&text.replacen("+A", "+B", 1)), Err(KeyError::Scheme));
        assert_eq!(VerifierKey::parse("a b+00000000+AQ=="), Err(KeyError::Malformed));
        assert_eq!(VerifierKey::parse(""), Err(KeyError::Malformed));
        assert!(PrivateKey::parse(&text).is_err());
    }
}
