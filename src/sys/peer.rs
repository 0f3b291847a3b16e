//! The user at the other end of a connection over 127.0.0.1.
//!
//! Every user of this machine can connect to a port of it. On Linux, `/proc/net/tcp` has the user of each socket (proc(5)),
//! and every process can read it. Other systems have no such table that needs no privilege.

use std::net::TcpStream;

/// Whether the other end of a connection is a socket of this user, or of root if `may_be_root`. On systems without the table
/// the answer is `Ok`.
///
/// # Errors
/// The user id of the other end; `None` if it is not known.
#[cfg(target_os = "linux")]
pub(crate) fn check_own(stream: &TcpStream, may_be_root: bool) -> Result<(), Option<u32>> {
    // The network namespace of this thread, which is that of the connection.
    let table = std::fs::read_to_string("/proc/thread-self/net/tcp").map_err(|_| None)?;
    let (Ok(peer), Ok(own)) = (stream.peer_addr(), stream.local_addr()) else { return Err(None) };
    let user = user_of(&table, peer, own);
    match is_own(user, nix::unistd::geteuid().as_raw(), may_be_root) {
        true => Ok(()),
        false => Err(user),
    }
}

#[cfg(target_os = "linux")]
fn is_own(user: Option<u32>, own: u32, may_be_root: bool) -> bool {
    user == Some(own) || user == Some(0) && may_be_root
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn check_own(_: &TcpStream, _: bool) -> Result<(), Option<u32>> {
    Ok(())
}

/// The user of the established socket with these two addresses. A socket that its process has closed belongs to user 0 in
/// the table, and is not established.
#[cfg(target_os = "linux")]
fn user_of(table: &str, local: std::net::SocketAddr, remote: std::net::SocketAddr) -> Option<u32> {
    const ESTABLISHED: &str = "01";
    let hex = |address: std::net::SocketAddr| match address {
        // The bytes of the address as a number of this machine.
        std::net::SocketAddr::V4(v4) => {
            Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(v4.ip().octets()), v4.port()))
        }
        std::net::SocketAddr::V6(_) => None,
    };
    let (local, remote) = (hex(local)?, hex(remote)?);
    table.lines().find_map(|line| {
        // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid …
        let fields: Vec<&str> = line.split_whitespace().take(8).collect();
        let [_, of_local, of_remote, state, _, _, _, user] = fields[..] else { return None };
        (of_local == local && of_remote == remote && state == ESTABLISHED).then(|| user.parse().ok())?
    })
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_socket_of_this_process_is_of_this_user_until_it_is_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        assert_eq!(check_own(&server, false), Ok(()));
        drop(client);
        assert_eq!(check_own(&server, true), Err(None));
    }

    #[test]
    fn root_is_another_user_unless_it_passes_connections_on() {
        assert!(is_own(Some(1000), 1000, false) && is_own(Some(0), 0, false));
        assert!(!is_own(Some(0), 1000, false) && is_own(Some(0), 1000, true));
        assert!(!is_own(Some(1001), 1000, true) && !is_own(None, 1000, true) && !is_own(None, 0, false));
    }

    #[test]
    fn the_user_is_that_of_the_established_socket_with_both_addresses() {
        let row = |local: &str, remote: &str, state: &str, user: u32| {
            format!(
                "   9: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 {user:>5}        0 1 1\n"
            )
        };
        let hex = |port: u16| format!("{:08X}:{port:04X}", u32::from_ne_bytes([127, 0, 0, 1]));
        let table = [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n",
            &row(&hex(80), &hex(4000), "01", 1),
            &row(&hex(4000), &hex(80), "06", 0),
            &row(&hex(4000), &hex(81), "01", 2),
            &row(&hex(4000), &hex(80), "01", 1003),
        ]
        .concat();
        let address = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(user_of(&table, address(4000), address(80)), Some(1003));
        assert_eq!(user_of(&table, address(4001), address(80)), None);
        assert_eq!(user_of("", address(4000), address(80)), None);
    }
}
