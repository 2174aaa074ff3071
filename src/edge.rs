//! Sockets, TLS and HTTP: the only floor that knows status codes. It decides nothing: it reads requests into
//! inquiries, hands them to the exchange, and writes down what comes back.

mod admin;
mod batch;
mod body;
mod catalog;
mod client;
mod connection;
mod credential;
mod gates;
mod framing;
mod handshakes;
mod lines;
mod listener;
mod memory;
mod refusal;
mod reply;
mod route;
mod server;
mod sockets;
mod tally;
mod tls;

use std::num::NonZeroUsize;

use serde::Deserialize;

pub use self::server::{Bound, Edge};
pub use self::sockets::{Error, Sockets};
pub use self::tally::Tally;
pub use self::tls::Error as TlsError;
use crate::policy::Rate;
use crate::setting::{Count, Millis, Seconds};

/// Settings, in the config under `[edge]`. Times and sizes bound what one client can hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Milliseconds for a TLS handshake. 5,000: three round trips over a slow line take under a second.
    pub handshake_ms: Millis,
    /// Handshakes at once; more wait in the kernel's backlog. 512 that are never finished still let a hundred a second through.
    pub handshakes: Count,
    /// Handshakes of one address at once; of IPv6, one network of 64 bits. More are closed at once. 128: whoever has many
    /// systems behind one address opens a few dozen connections together when it starts.
    pub handshakes_per_address: Count,
    /// TLS sessions that may be resumed, which saves a caller without kept connections most of a handshake; 0 for none. 4,096
    /// at about 2 KiB each are 8 MiB.
    pub sessions: u32,
    /// Seconds after which a connection's client is judged anew though nothing was published. 300: a certificate that expires
    /// is noticed at once anyway, and what is known about revocation grows old by the hour.
    pub trust_seconds: Seconds,
    /// Clients of open connections that are judged at once, and threads that shake hands, beside those that serve. By default the
    /// number of processors, because both is pure computation; after a publication the others wait their turn, those that ask
    /// something first.
    pub trust_workers: NonZeroUsize,
    /// Milliseconds in which a client that is not trusted any more is told so, if it asks, before its connection is ended. 5,000:
    /// who is at work asks within that time and learns why, instead of a mere end.
    pub lapse_ms: Millis,
    /// Seconds after which a connection is ended in good order, whatever it is used for: requests under way are finished,
    /// and the next ones come over a new one. 3,600: the load finds its way to gateways that were added, and callers see a new
    /// certificate of the gateway, within the hour; a handshake an hour costs nothing.
    pub age_seconds: Seconds,
    /// Up to so many seconds sooner, at random. 360, a tenth: connections that began together, when a gateway started, do not
    /// end together.
    pub age_jitter_seconds: u32,
    /// Milliseconds until a request's header is there, counted from its first byte; also how long an HTTP/2 ping may stay
    /// unanswered. 15,000: a header is sent at once, and what is lost on a bad line has come again by then. A connection
    /// that is kept for later is not ended by it, but by `idle_seconds`.
    pub header_ms: Millis,
    /// Milliseconds for a request's body. 30,000: 64 MiB at 20 Mbit/s. For a batch, the longest pause between two lines, and
    /// in which the caller takes no results.
    pub body_ms: Millis,
    /// Seconds after which a connection without requests is closed, and one whose client takes nothing of its answers. 120,
    /// above the idle time of common client pools, and far above what a batch waits for its results to be taken (`body_ms`).
    pub idle_seconds: Seconds,
    /// Seconds between HTTP/2 pings, which find peers that vanished. 20: with `header_ms` for the answer, a peer that is
    /// gone holds its place for little more than half a minute.
    pub ping_seconds: Seconds,
    /// Connections at once. When all are taken, whoever has shaken hands waits for one until the time for handshakes is over, and
    /// others in the kernel's backlog. 4,096 at about 64 KiB each are 256 MiB.
    pub connections: Count,
    /// Milliseconds until accepting is tried again after it failed. 50: without descriptors it would fail at once again
    /// until some connection ends.
    pub accept_pause_ms: Millis,
    /// Requests at once on one HTTP/2 connection. 128: a gateway relays many requests over one connection.
    pub streams: Count,
    /// Bytes of one request's body that an HTTP/2 client may send before they are read. 256 KiB: 70 Mbit/s at a round trip
    /// of 30 ms, as between two provinces.
    pub stream_window_bytes: Count,
    /// The same for all requests of one connection. 4 MiB: batches stop reading on purpose, when their results are not taken or
    /// their rate is used up, and must leave room for the requests beside them. `check` wants room for one more request
    /// than a caller may have batches.
    pub connection_window_bytes: Count,
    /// Bytes of one request's header. 16 KiB; ours need less than one.
    pub header_bytes: Count,
    /// Requests of one system at once. 256 at 10 ms each are 25,600 a second.
    pub in_flight_per_system: Count,
    /// Requests of one gateway at once; it stands for all systems of a province. 1,024: four of its systems at their limit.
    pub in_flight_per_gateway: Count,
    /// Requests at once of all whose certificate is enrolled nowhere. 8: enough to tell each why it is refused.
    pub in_flight_unidentified: Count,
    /// How often one system may come, whatever it asks; half of it for the lines of its batches, at most. `1000/s burst 2000`, the whole allowance of five departments. What
    /// comes sooner is shed before it is recorded, so one system adds at most a megabyte a second to the ledger.
    pub system_rate: Rate,
    /// How often one gateway may come. `4000/s burst 8000`: four systems of its province at their limit.
    pub gateway_rate: Rate,
    /// How often all whose certificate is enrolled nowhere may come. `1/s burst 8`: the record shows that they try, and grows
    /// by less than 100 MB a day.
    pub unidentified_rate: Rate,
    /// Bytes of the body of an exchange request. 256 KiB; the largest query of the catalog has under 4 KiB.
    pub exchange_bytes: Count,
    /// Bytes of the body of an exchange request that brings evidence. 16 MiB: four licenses of 3 MB in base64. Not below
    /// `exchange_bytes`, and not above `body_memory_per_caller_bytes`.
    pub evidence_bytes: Count,
    /// Licenses that one exchange request may bring. 4: a birth certificate, a marriage certificate, and the identity cards of
    /// two parents; each costs a judgement.
    pub evidence_licenses: Count,
    /// Bytes of the JSON that asks for the judgement of a seal or a signature. 32 MiB: content of 24 MB in base64; of larger
    /// content the digest says as much. Not above `body_memory_per_caller_bytes`.
    pub loose_bytes: Count,
    /// Lines of one batch. 10,000: a night's work of a department in one request, and records of 10 MB.
    pub batch_lines: Count,
    /// Bytes of one line of a batch. 12 MiB: a file of 9 MB in base64; the few that are larger go one by one. Not
    /// above `body_memory_per_caller_bytes`.
    pub batch_line_bytes: Count,
    /// Bytes of one batch. 4 GiB: 10,000 files of 300 KB.
    pub batch_bytes: u64,
    /// Lines of one batch that are being worked on at once, most of them waiting for the rate or for a worker. 8: enough to keep
    /// the workers of a small machine busy. Lines wait apart from requests and take no place from them.
    pub batch_in_flight: Count,
    /// Results of a batch that share one write to the ledger, at most. 32 at 0.5 ms each come to 16 ms of work, which is
    /// as long as a slow disk takes for one.
    pub batch_chunk: Count,
    /// Bytes of license data in the results that share one write, after which no more are added. 1 MiB, as much as one license
    /// may have: results hold little memory, and what is told in one piece stays small.
    pub batch_chunk_bytes: Count,
    /// Milliseconds that a result of a batch waits for others to share its write, while others are being judged. 20: nobody
    /// waits for a line of a batch. A caller that sends the next line only after the result of the last has each
    /// written at once, alone, and pays for one write to the disk a line.
    pub batch_linger_ms: Millis,
    /// Batches of one caller at once. 4: with `batch_in_flight`, no caller has more than 32 lines waiting for a worker.
    pub batches_per_caller: Count,
    /// Bytes of all bodies that are held at once. 1 GiB: sixteen files of the largest size. Not below the next two together.
    pub body_memory_bytes: u64,
    /// Bytes of the bodies of one caller, beside what it has of the reserve. 448 MiB: seven files of the largest size; two
    /// callers that hold all they may still leave one file of that size to others. Not below the largest body.
    pub body_memory_per_caller_bytes: u64,
    /// Bytes of `body_memory_bytes` that are kept for bodies of no more than `exchange_bytes`, so that files keep no exchange
    /// out. 64 MiB: 256 of the largest, some 16,000 of the usual 4 KiB. Not below the next.
    pub body_reserve_bytes: u64,
    /// Bytes of the reserve that one caller may hold; its further small bodies count like large ones. 16 MiB: 64 of the
    /// largest, and four callers at once. Not below `exchange_bytes`.
    pub body_reserve_per_caller_bytes: u64,
    /// Characters of the stated cause of use. 200, as in the license interfaces in use.
    pub use_cause_characters: Count,
    /// Characters of a number or name in the context: case, operator, subject, agent. 64: twice what the longest case
    /// numbers of provincial platforms have.
    pub name_characters: Count,
    /// Milliseconds an exchange may take when the caller states no shorter time. 10,000: a person is waiting.
    pub timeout_ms: Millis,
    /// Seconds that open requests get to finish when the gateway drains. 30, the usual grace of supervisors.
    pub drain_seconds: u32,
    /// Milliseconds that what is left gets after the drain time: requests whose connection was cut, and open requests of
    /// operators. 1,000: nothing of it waits for a client any more.
    pub last_ms: Millis,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            handshake_ms: Millis::new(5_000),
            handshakes: Count::new(512),
            handshakes_per_address: Count::new(128),
            sessions: 4_096,
            trust_seconds: Seconds::new(300),
            trust_workers: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            lapse_ms: Millis::new(5_000),
            age_seconds: Seconds::new(3_600),
            age_jitter_seconds: 360,
            header_ms: Millis::new(15_000),
            body_ms: Millis::new(30_000),
            idle_seconds: Seconds::new(120),
            ping_seconds: Seconds::new(20),
            connections: Count::new(4_096),
            accept_pause_ms: Millis::new(50),
            streams: Count::new(128),
            stream_window_bytes: Count::new(256 << 10),
            connection_window_bytes: Count::new(4 << 20),
            header_bytes: Count::new(16 << 10),
            in_flight_per_system: Count::new(256),
            in_flight_per_gateway: Count::new(1_024),
            in_flight_unidentified: Count::new(8),
            system_rate: Rate::new(1_000, 2_000),
            gateway_rate: Rate::new(4_000, 8_000),
            unidentified_rate: Rate::new(1, 8),
            exchange_bytes: Count::new(256 << 10),
            evidence_bytes: Count::new(16 << 20),
            evidence_licenses: Count::new(4),
            loose_bytes: Count::new(32 << 20),
            batch_lines: Count::new(10_000),
            batch_line_bytes: Count::new(12 << 20),
            batch_bytes: 4 << 30,
            batch_in_flight: Count::new(8),
            batch_chunk: Count::new(32),
            batch_chunk_bytes: Count::new(1 << 20),
            batch_linger_ms: Millis::new(20),
            batches_per_caller: Count::new(4),
            body_memory_bytes: 1 << 30,
            body_memory_per_caller_bytes: 448 << 20,
            body_reserve_bytes: 64 << 20,
            body_reserve_per_caller_bytes: 16 << 20,
            use_cause_characters: Count::new(200),
            name_characters: Count::new(64),
            timeout_ms: Millis::new(10_000),
            drain_seconds: 30,
            last_ms: Millis::new(1_000),
        }
    }
}
