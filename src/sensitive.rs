//! Personal data that never prints: wrapped once at the edge, opened only where it must be used.
//! It does not encrypt or zero memory; it keeps values out of logs, metrics, errors and records.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A value that `Debug` and `Display` hide and that cannot be serialized by accident.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Hides `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Opens the value. Each call is a place where personal data may flow, so keep them few.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sensitive]")
    }
}

impl<T> fmt::Display for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sensitive]")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sensitive<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_in_every_format() {
        let secret = Sensitive::new("11010519491231002X");
        assert_eq!(format!("{secret} {secret:?} {:#?}", Some(&secret)).matches("1101").count(), 0);
        assert_eq!(*secret.expose(), "11010519491231002X");
    }
}
