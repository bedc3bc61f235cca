//! A file that changes now and then, such as an export of advisories: fetched if it changed, streamed to wherever the caller says.

use std::io::Write;
use std::sync::Arc;

use flate2::write::MultiGzDecoder;
use http::header::{ACCEPT, ACCEPT_ENCODING};
use http::{HeaderMap, HeaderValue};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use url::Url;

use crate::client::{Ask, Client};
use crate::inflate::{Encoding, encoding};
use crate::{Answer, Download, FeedSettings, UpstreamError, Validators, redirect};

/// Compressed bytes inflated at a time: with deflate's best ratio that is 8 MB.
const SLICE: usize = 8 << 10;

/// A feed to ask, with the breaker and connections of its own.
#[derive(Clone, Debug)]
pub struct Feed {
    client: Arc<Client>,
    url: Url,
    limit: u64,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Bytes given to the writer.
    pub bytes: u64,
    /// For the next fetch; keep them only with the file.
    pub validators: Validators,
}

impl Feed {
    /// Checks the settings; asks nothing yet.
    ///
    /// # Errors
    /// [`UpstreamError::Settings`], as [`crate::Registry::new`].
    pub fn new(settings: FeedSettings) -> Result<Self, UpstreamError> {
        let network = settings.network();
        let mut base = settings.url.clone();
        base.set_query(None);
        base.set_fragment(None);
        let directory = base
            .path()
            .rfind('/')
            .map_or("/", |end| &base.path()[..=end])
            .to_owned();
        base.set_path(&directory);
        let client = Client::new(
            base,
            settings.auth.as_ref(),
            network,
            settings.extra_ca.as_deref(),
        )?;
        Ok(Self {
            client: Arc::new(client),
            url: settings.url,
            limit: settings.limit,
        })
    }

    /// The feed's URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Writes the file to `into` if it changed since `validators`. `progress` gets the bytes received and the announced
    /// length, after every piece. If a body was compressed only for the way, the inflated one is written.
    ///
    /// # Errors
    /// What was written before an error is of no use: write to a temporary file and rename it after `Ok`.
    pub async fn fetch(
        &self,
        validators: &Validators,
        into: &mut (dyn AsyncWrite + Send + Unpin),
        mut progress: impl FnMut(u64, Option<u64>) + Send,
    ) -> Result<Answer<Fetched>, UpstreamError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        validators.condition(&mut headers);
        let ask = Ask {
            url: self.url.clone(),
            headers,
        };
        let mut download = match Download::open(&self.client, ask, self.limit).await? {
            Answer::Fresh(download) => download,
            Answer::NotModified if validators.is_empty() => {
                return Err(UpstreamError::Status {
                    host: self.host(),
                    code: 304,
                    retry_after: None,
                });
            }
            Answer::NotModified => return Ok(Answer::NotModified),
            Answer::Missing => return Ok(Answer::Missing),
            Answer::Denied(code) => return Ok(Answer::Denied(code)),
        };
        let mut inflater = match encoding(download.headers()) {
            Encoding::Identity => None,
            Encoding::Gzip => Some(MultiGzDecoder::new(Vec::new())),
            Encoding::Unknown => return Err(self.bad_encoding("its encoding was not asked for")),
        };
        let (mut received, mut written) = (0, 0);
        while let Some(piece) = download.chunk().await? {
            received += piece.len() as u64;
            match &mut inflater {
                None => self.write(into, &piece, &mut written).await?,
                Some(inflater) => {
                    for slice in piece.chunks(SLICE) {
                        inflater.write_all(slice).map_err(|error| {
                            self.bad_encoding(&format!("damaged gzip: {error}"))
                        })?;
                        let plain = std::mem::take(inflater.get_mut());
                        self.write(into, &plain, &mut written).await?;
                    }
                }
            }
            progress(received, download.length);
        }
        if let Some(mut inflater) = inflater {
            inflater
                .try_finish()
                .map_err(|error| self.bad_encoding(&format!("damaged gzip: {error}")))?;
            let plain = std::mem::take(inflater.get_mut());
            self.write(into, &plain, &mut written).await?;
        }
        into.flush()
            .await
            .map_err(|error| self.unwritable(&error))?;
        Ok(Answer::Fresh(Fetched {
            bytes: written,
            validators: Validators::of(download.headers()),
        }))
    }

    async fn write(
        &self,
        into: &mut (dyn AsyncWrite + Send + Unpin),
        bytes: &[u8],
        written: &mut u64,
    ) -> Result<(), UpstreamError> {
        *written += bytes.len() as u64;
        if *written > self.limit {
            return Err(UpstreamError::TooLarge {
                host: self.host(),
                limit: self.limit,
            });
        }
        into.write_all(bytes)
            .await
            .map_err(|error| self.unwritable(&error))
    }

    fn bad_encoding(&self, reason: &str) -> UpstreamError {
        UpstreamError::BadEncoding {
            host: self.host(),
            reason: reason.to_owned(),
        }
    }

    fn unwritable(&self, error: &std::io::Error) -> UpstreamError {
        UpstreamError::Write {
            host: self.host(),
            reason: error.to_string(),
        }
    }

    fn host(&self) -> String {
        redirect::host(&self.url)
    }
}
