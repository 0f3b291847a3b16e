//! Reads a whole file up to a limit, because a path can lead to an endless file such as `/dev/zero`.

use std::fs::File;
use std::io::{Error, ErrorKind, Read as _, Result};
use std::path::Path;

/// The most that is read of a pipe or a device, in MiB: its size is not known, so its buffer grows.
const LARGEST_STREAM: u64 = 4;

/// The content of a file of at most so many MiB; of a pipe or a device, of at most four.
///
/// # Errors
/// A file that cannot be read or is larger.
pub(crate) fn read(path: &Path, mebibytes: u64) -> Result<Vec<u8>> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    let mebibytes = if about.is_file() { mebibytes } else { mebibytes.min(LARGEST_STREAM) };
    let limit = mebibytes << 20;
    // It has its full size from the start, because a buffer that grows leaves copies in memory.
    let size = about.len().min(limit);
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
    fn a_file_over_the_limit_is_an_error() {
        let error = read(Path::new("/dev/zero"), 1).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 1 MiB");
        assert_eq!(read(Path::new("/dev/zero"), 64).unwrap_err().to_string(), "it is larger than 4 MiB");
        assert!(read(Path::new("/dev/null"), 1).unwrap().is_empty());
        let own = std::env::current_exe().unwrap();
        let size = own.metadata().unwrap().len();
        assert!(read(&own, size >> 20).is_err());
        assert_eq!(read(&own, (size >> 20) + 1).unwrap().len() as u64, size);
    }
}
