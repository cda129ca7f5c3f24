//! What one client may cost the others.

use std::time::Duration;

/// The bounds of a server. The defaults suit two cores and 4 GB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest body in bytes. A 30 MiB image, which is what Bob's plugin sends at most, makes an 84 MB body.
    pub max_body: u64,
    /// Bytes of all bodies in memory together; never less than one largest body.
    pub body_memory: u64,
    /// How long a body waits for memory before it is refused.
    pub memory_time: Duration,
    /// From the first byte of a request's header to its last.
    pub header_time: Duration,
    /// From the header to the last byte of the body.
    pub body_time: Duration,
    /// The longest pause within a body.
    pub body_pause: Duration,
    /// How long a connection stays open between two requests.
    pub idle_time: Duration,
    /// From the body to the answer.
    pub answer_time: Duration,
    /// How long the client may take none of an answer.
    pub write_time: Duration,
    /// How long what a client still sends is thrown away after it was refused, so that it gets to read why.
    pub linger_time: Duration,
    /// Open connections; one more takes the place of one that waits, or is answered with 503.
    pub connections: usize,
    /// Of those, the most of one other machine.
    pub peer_connections: usize,
    /// From the signal to stop until requests under way are cut off.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: 96 << 20,
            body_memory: 256 << 20,
            memory_time: Duration::from_secs(5),
            header_time: Duration::from_secs(10),
            body_time: Duration::from_mins(3),
            body_pause: Duration::from_secs(15),
            idle_time: Duration::from_secs(75),
            answer_time: Duration::from_mins(1),
            write_time: Duration::from_secs(30),
            linger_time: Duration::from_secs(30),
            connections: 256,
            peer_connections: 128,
            drain_time: Duration::from_secs(30),
        }
    }
}
