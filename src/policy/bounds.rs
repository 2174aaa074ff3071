//! What text is handed to Cedar at all. Its parser, validator and evaluator descend as deep as a text nests, and a stack that
//! runs out takes the process with it; so texts are measured before Cedar sees them, byte by byte and without descending.
//! Whether a text is Cedar is for Cedar to say.

use std::collections::HashMap;
use std::thread;

use cedar_policy::Schema;

use super::token::{Token, Tokens};
use crate::fault::{Fault, Lines, Source};

/// Bytes of one file of agreements or red lines. 256 KiB: the longest shipped has 2 KiB, and red lines may be many.
const FILE_BYTES: usize = 256 << 10;
/// Bytes of the schema. 64 KiB: the shipped one has 3 KiB.
const SCHEMA_BYTES: usize = 64 << 10;
/// Words and strings of the schema. 1,000: the shipped one has some hundred. Half of them as names with the other half as
/// attributes make a quarter of a million.
const SCHEMA_WORDS: usize = 1_000;
/// Kinds of requests of the schema, as each policy is held to each. 64: the shipped one has two.
const REQUESTS: usize = 64;
/// Brackets inside each other, and `if`s of one policy. 32: the shipped agreements have three.
const NESTING: usize = 32;
/// Operators of one policy, each of which may stand one level below the last. 256: the shipped agreements have ten, and long
/// lists are sets, which do not nest.
const OPERATORS: usize = 256;
/// Parts that the named types of a schema have once each name is replaced by what it stands for. 1,000: the shipped one has
/// some 50, and a type that names another twice doubles it.
const PARTS: usize = 1_000;
/// Bytes of stack for whatever reads text within the bounds. 64 MiB, of which pages that are not touched cost nothing: the
/// worst text takes under a quarter of it where nothing is optimized.
pub(super) const STACK: usize = 64 << 20;

/// Words between operands that make a level of their own. A policy's `when`s and `unless`es are joined like operands.
const WORDS: [&[u8]; 6] = [b"has", b"in", b"is", b"like", b"unless", b"when"];

/// How many brackets stand open. One that closes another kind than the last closes nothing, as Cedar goes on after it.
#[derive(Default)]
struct Depth(Vec<u8>);

impl Depth {
    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Open(kind) => self.0.push(kind),
            Token::Close(kind) if self.0.last() == Some(&kind) => drop(self.0.pop()),
            _ => {}
        }
    }
}

fn refused(file: Source<'_>, at: Option<usize>, reason: String) -> Fault {
    Fault::new(file.name, at.map_or(0, |at| Lines::of(file.text).at(at)), reason)
}

fn too_long(file: Source<'_>, most: usize) -> Option<Fault> {
    let reason = || format!("`policy.too_long`: it has more than {most} bytes; divide it");
    (file.text.len() > most).then(|| refused(file, None, reason()))
}

fn too_deep(file: Source<'_>, at: usize) -> Fault {
    let reason =
        format!("`policy.too_deep`: more than {NESTING} brackets and `if`s are inside each other; divide it");
    refused(file, Some(at), reason)
}

/// What keeps a file of policies from Cedar; `None` if nothing does.
pub(super) fn of_policies(file: Source<'_>) -> Option<Fault> {
    if let Some(fault) = too_long(file, FILE_BYTES) {
        return Some(fault);
    }
    let (mut depth, mut ifs, mut operators) = (Depth::default(), 0, 0);
    let mut before = Token::End;
    for (at, token) in Tokens::of(file.text, false) {
        depth.take(token);
        // Cedar writes `x is T in y` as `x is T && x in y`, and `x has a.b` likewise: each of them inside the next doubles all of it.
        if matches!((before, token), (Token::Close(_), Token::Word(b"is" | b"has"))) {
            let reason = "`policy.tested_twice`: what stands before `is` and `has` is a name or a path such as `context.a`; write that";
            return Some(refused(file, Some(at), reason.to_owned()));
        }
        before = token;
        match token {
            Token::Operator => operators += 1,
            Token::Word(word) if WORDS.contains(&word) => operators += 1,
            // A call is a level like an operator, and so is an index.
            Token::Open(b'(' | b'[') => operators += 1,
            Token::Word(b"if") => ifs += 1,
            Token::End if depth.0.is_empty() => (ifs, operators) = (0, 0),
            _ => {}
        }
        if depth.0.len() + ifs > NESTING {
            return Some(too_deep(file, at));
        }
        if operators > OPERATORS {
            let reason = format!(
                "`policy.too_many_operators`: one policy has more than {OPERATORS}; put what is listed into a set, or divide it"
            );
            return Some(refused(file, Some(at), reason));
        }
    }
    None
}

/// What keeps a schema from Cedar; `None` if nothing does.
pub(super) fn of_schema(file: Source<'_>) -> Option<Fault> {
    if let Some(fault) = too_long(file, SCHEMA_BYTES) {
        return Some(fault);
    }
    let (mut depth, mut words) = (Depth::default(), 0);
    for (at, token) in Tokens::of(file.text, true) {
        depth.take(token);
        if depth.0.len() > NESTING {
            return Some(too_deep(file, at));
        }
        words += usize::from(matches!(token, Token::Word(_) | Token::Text));
        if words > SCHEMA_WORDS {
            let reason =
                format!("`policy.schema_too_large`: it has more than {SCHEMA_WORDS} words; shorten it");
            return Some(refused(file, Some(at), reason));
        }
    }
    let types = named_types(file);
    let reason = format!(
        "`policy.schema_too_large`: its types have more than {PARTS} parts once those that they name are written out; shorten them"
    );
    (parts(&types) > PARTS).then(|| refused(file, types.first().map(|named| named.at), reason))
}

/// What keeps `schema`, as Cedar read it, from policies; `None` if nothing does.
pub(super) fn of_requests(file: Source<'_>, schema: &Schema) -> Option<Fault> {
    let reason = || {
        format!(
            "`policy.schema_too_large`: it has more than {REQUESTS} kinds of requests; name fewer actions, principals or resources"
        )
    };
    schema.request_envs().nth(REQUESTS).map(|_| refused(file, None, reason()))
}

/// `type NAME = …;` of a schema.
struct NamedType<'a> {
    at: usize,
    name: &'a [u8],
    /// Every word of what it stands for: names of types, of attributes and of entities alike.
    words: Vec<&'a [u8]>,
}

fn named_types(file: Source<'_>) -> Vec<NamedType<'_>> {
    let mut types: Vec<NamedType<'_>> = Vec::new();
    let mut is_open = false;
    let mut before = Token::End;
    for (at, token) in Tokens::of(file.text, true) {
        match token {
            Token::Word(name) if before == Token::Word(b"type") => {
                types.push(NamedType { at, name, words: Vec::new() });
                is_open = true;
            }
            Token::Word(word) if is_open => {
                types.iter_mut().last().into_iter().for_each(|last| last.words.push(word))
            }
            Token::End => is_open = false,
            _ => {}
        }
        before = token;
    }
    types
}

/// How many parts `types` have together, written out, or so many that it no longer matters. Of types that name each other in
/// a ring Cedar says so.
fn parts(types: &[NamedType<'_>]) -> usize {
    let mut sizes: HashMap<&[u8], usize> = HashMap::new();
    // Each round writes out one more level, and without a ring there are no more levels than types.
    for _ in 0..=types.len() {
        let before = sizes.clone();
        for named in types {
            let of_word = |word: &&[u8]| before.get(*word).copied().unwrap_or(1);
            let size = named.words.iter().map(of_word).fold(1, usize::saturating_add);
            sizes.insert(named.name, size);
        }
        if sizes.values().fold(0, |sum: usize, size| sum.saturating_add(*size)) > PARTS {
            return usize::MAX;
        }
    }
    sizes.values().sum()
}

/// The system gave no thread to work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot be read, as there is no thread for it")]
pub(super) struct NoRoom;

/// Does `work` on a thread with room for what is within the bounds; an error if there is none to be had.
pub(super) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, NoRoom> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let started = thread.spawn_scoped(scope, work).map_err(|_| NoRoom)?;
        Ok(started.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

#[cfg(test)]
mod tests;
