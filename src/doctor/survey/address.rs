//! Addresses as `/proc/net/tcp` writes them: 32-bit words in the machine's own order, which is little-endian wherever
//! the OCR server runs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// `0100007F:1F90` is 127.0.0.1:8080.
pub(super) fn parse(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?.to_le_bytes());
    let ip: IpAddr = match host.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let mut bytes = [0; 16];
            for (index, chunk) in bytes.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(index * 8)?);
            }
            Ipv6Addr::from(bytes).into()
        }
        _ => return None,
    };
    Some((ip, port).into())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn addresses_of_the_kernels_tables() {
        let read = |text| parse(text).map(|address| address.to_string());
        assert_eq!(read("0100007F:1F90").unwrap(), "127.0.0.1:8080");
        assert_eq!(read("00000000:0016").unwrap(), "0.0.0.0:22");
        assert_eq!(read("00000000000000000000000001000000:1F90").unwrap(), "[::1]:8080");
        assert_eq!(read("B80D01200000000000000000070000C0:C350").unwrap(), "[2001:db8::c000:7]:50000");
        assert_eq!(
            [read("local_address"), read("0100007F"), read("01:1"), read("é100007:1")],
            [None, None, None, None]
        );
    }
}
