//! Response bodies: bytes in memory, a blob on disk, or a page of the router.

use std::fs::File;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;

mod buffers;

use buffers::Buffer;

/// The body of every answer.
pub(crate) enum ReplyBody {
    Bytes(Option<Bytes>),
    Blob(BlobBody),
    Page(axum::body::Body),
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl ReplyBody {
    pub(crate) fn empty() -> Self {
        Self::Bytes(None)
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Bytes(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Blob(blob) => blob.poll_chunk(context),
            Self::Page(page) => Pin::new(page).poll_frame(context).map_err(io::Error::other),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Bytes(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Self::Blob(blob) => blob.offset == blob.size,
            Self::Page(page) => page.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Bytes(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Blob(blob) => SizeHint::with_exact(blob.size - blob.offset),
            Self::Page(page) => page.size_hint(),
        }
    }
}

/// A file read in chunks straight from the page cache; only a chunk that is not there goes to a blocking thread.
///
/// `tokio::fs` moves every chunk between threads, which costs several times what nginx spends.
pub(crate) struct BlobBody {
    file: Arc<File>,
    offset: u64,
    size: u64,
    reading: Option<JoinHandle<(Buffer, io::Result<usize>)>>,
}

impl BlobBody {
    pub(crate) fn new(file: File, size: u64) -> Self {
        Self {
            file: Arc::new(file),
            offset: 0,
            size,
            reading: None,
        }
    }

    fn poll_chunk(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            if let Some(task) = &mut self.reading {
                let joined = std::task::ready!(Pin::new(task).poll(context));
                self.reading = None;
                let (buffer, read) = joined.map_err(io::Error::other)?;
                return Poll::Ready(Some(self.take(buffer, read)));
            }
            if self.offset == self.size {
                return Poll::Ready(None);
            }
            let mut buffer = Buffer::get();
            match buffer.read_cached(&self.file, self.offset) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let (file, offset) = (Arc::clone(&self.file), self.offset);
                    self.reading = Some(tokio::task::spawn_blocking(move || {
                        let read = buffer.read(&file, offset);
                        (buffer, read)
                    }));
                }
                read => return Poll::Ready(Some(self.take(buffer, read))),
            }
        }
    }

    fn take(&mut self, buffer: Buffer, read: io::Result<usize>) -> io::Result<Frame<Bytes>> {
        let left = usize::try_from(self.size - self.offset).unwrap_or(usize::MAX);
        let read = read?.min(left);
        if read == 0 {
            // Ends the connection before Content-Length is reached, so the client sees a broken download.
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the blob is shorter than recorded",
            ));
        }
        self.offset += read as u64;
        Ok(Frame::data(buffer.into_bytes(read)))
    }
}
