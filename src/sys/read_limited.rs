//! Reading a file whole, up to a limit: a name may lead to something without end, such as `/dev/zero`.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

/// The content of a file that is at most so many MiB large.
///
/// # Errors
/// A file that cannot be read, or is larger.
pub fn read(path: &Path, mebibytes: u64) -> Result<Vec<u8>> {
    let limit = mebibytes << 20;
    let file = File::open(path)?;
    // Large enough at once: a buffer that grows leaves copies behind.
    let size = file.metadata().map_or(0, |about| about.len()).min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(size + 1).unwrap_or_default());
    file.take(limit + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > limit {
        true => Err(Error::new(ErrorKind::FileTooLarge, format!("it is larger than {mebibytes} MiB"))),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_an_error() {
        let error = read(Path::new("/dev/zero"), 1).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 1 MiB");
        assert!(read(Path::new("/dev/null"), 1).unwrap().is_empty());
        let own = std::env::current_exe().unwrap();
        let size = own.metadata().unwrap().len();
        assert!(read(&own, size >> 20).is_err());
        assert_eq!(read(&own, (size >> 20) + 1).unwrap().len() as u64, size);
    }
}
