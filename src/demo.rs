//! What the demonstration is made of. For now the forge alone, which tests use too.

pub mod forge;
pub mod people;
pub mod provider;
