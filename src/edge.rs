//! Sockets, TLS and HTTP: the only floor that knows status codes. It decides nothing: it reads requests into
//! inquiries, hands them to the exchange, and writes down what comes back.

mod admin;
mod body;
mod client;
mod listener;
mod refusal;
mod reply;
mod route;
mod server;
mod sockets;
mod tally;
mod tls;

use serde::Deserialize;

pub use self::server::{Bound, Edge};
pub use self::sockets::{Error, Sockets};
pub use self::tally::Tally;
pub use self::tls::{Error as TlsError, Tls};

/// Settings, in the config under `[edge]`. Times and sizes bound what one client can hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Milliseconds for a TLS handshake. 5,000: three round trips over a slow line take under a second.
    pub handshake_ms: u64,
    /// Milliseconds until a request's header is there, counted from the end of the one before; also how long an
    /// HTTP/2 ping may stay unanswered. 15,000 leaves room for callers that reuse a connection now and then.
    pub header_ms: u64,
    /// Milliseconds for a request's body. 30,000: 64 MiB at 20 Mbit/s.
    pub body_ms: u64,
    /// Seconds after which a connection without requests is closed. 120, above the idle time of common client pools.
    pub idle_seconds: u64,
    /// Seconds between HTTP/2 pings, which find peers that vanished.
    pub ping_seconds: u64,
    /// Connections at once; more wait in the kernel's backlog. 4,096 at about 64 KiB each are 256 MiB.
    pub connections: usize,
    /// Requests at once on one HTTP/2 connection. 128: a gateway relays many requests over one connection.
    pub streams: u32,
    /// Bytes of one request's header. 16 KiB; ours need less than one.
    pub header_bytes: usize,
    /// Requests of one system at once. 256 at 10 ms each are 25,600 a second.
    pub in_flight_per_system: usize,
    /// Requests of one gateway at once; it stands for all systems of a province.
    pub in_flight_per_gateway: usize,
    /// Bytes of the body of an exchange request. 256 KiB; the largest query of the catalog has under 4 KiB.
    pub exchange_bytes: u64,
    /// Bytes of all bodies that are held at once. 1 GiB: sixteen files of the largest size.
    pub body_memory_bytes: u64,
    /// Milliseconds an exchange may take when the caller states no shorter time. 10,000: a person is waiting.
    pub timeout_ms: u64,
    /// Seconds that open requests get to finish when the gateway drains. 30, the usual grace of supervisors.
    pub drain_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            handshake_ms: 5_000,
            header_ms: 15_000,
            body_ms: 30_000,
            idle_seconds: 120,
            ping_seconds: 20,
            connections: 4_096,
            streams: 128,
            header_bytes: 16 << 10,
            in_flight_per_system: 256,
            in_flight_per_gateway: 1_024,
            exchange_bytes: 256 << 10,
            body_memory_bytes: 1 << 30,
            timeout_ms: 10_000,
            drain_seconds: 30,
        }
    }
}
