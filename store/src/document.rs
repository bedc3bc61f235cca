//! How a packument is kept: zstd at a fast level, because the first request of every package pays for it.

use anyhow::{Context, Result, ensure};

/// The largest packument that [`unpack`] gives room to; the largest real one is near 90 MB.
const LIMIT: u64 = 1 << 30;

/// Compresses a packument for [`PackageRow::document`](crate::PackageRow). Over a megabyte, call it on a blocking thread.
pub fn pack(packument: &[u8]) -> Result<Vec<u8>> {
    zstd::bulk::compress(packument, -3).context("cannot compress a packument")
}

/// The packument again; `len` is [`PackageRow::document_len`](crate::PackageRow), and anything else is an error.
pub fn unpack(document: &[u8], len: u64) -> Result<Vec<u8>> {
    ensure!(len <= LIMIT, "a stored packument claims {len} bytes");
    let packument = zstd::bulk::decompress(document, usize::try_from(len)?)
        .context("a stored packument is damaged")?;
    ensure!(
        packument.len() as u64 == len,
        "a stored packument has {} bytes instead of {len}",
        packument.len()
    );
    Ok(packument)
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};

    #[test]
    fn only_what_was_packed_comes_out() {
        let packument = b"{\"name\":\"chalk\"}".repeat(100);
        let document = pack(&packument).unwrap();
        let len = packument.len() as u64;
        assert!(document.len() < 100);
        assert_eq!(unpack(&document, len).unwrap(), packument);
        for wrong in [0, len - 1, len + 1, u64::MAX] {
            assert!(unpack(&document, wrong).is_err(), "{wrong}");
        }
        assert!(unpack(&document[1..], len).is_err());
    }
}
