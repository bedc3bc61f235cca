//! Asking a running mirror's API, in a person's name.

use crate::config::flags::Nothing;
use crate::config::{self, Flags, Loaded};
use crate::exit::{Exit, Failure};
use crate::surroundings::Surroundings;
use anyhow::Context;
use clap::Args;
use reqwest::{Certificate, Client, Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;
use url::Url;

/// An answer takes no longer; the whole log of a large installation comes in parts.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than any answer but the log has.
const MOST_BYTES: usize = 64 << 20;

/// Which mirror is asked, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// The mirror to ask [env: LAZARET_SERVER] [default: where the configuration says that lazaret listens].
    #[arg(long, value_name = "URL", value_parser = config::url)]
    server: Option<Url>,
    /// A file that holds your token and nothing else. Without it, LAZARET_TOKEN is used. (A flag for the token itself would
    /// show it to every user of this machine.)
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    flags: Flags<Nothing>,
}

/// A mirror that can be asked.
pub(crate) struct Mirror {
    runtime: Runtime,
    client: Client,
    base: Url,
    token: String,
}

impl Asking {
    /// The mirror with the token to ask it with.
    ///
    /// # Errors
    /// When there is no token, or the configuration is wrong.
    pub(crate) fn mirror(&self) -> Result<Mirror, Failure> {
        let surroundings = Surroundings::of_this_process();
        let loaded = config::load(&self.flags, &surroundings)?;
        let server = match &self.server {
            Some(server) => server.clone(),
            None => configured_server(&loaded, &surroundings)?,
        };
        let token = token(self.token_file.as_deref(), &surroundings)?;
        let token = token.ok_or_else(no_token)?;
        Mirror::open(&server, token, &loaded)
    }
}

/// What there is to say where a token is needed and none is there.
pub(crate) fn no_token() -> Failure {
    Failure::wrong_use(
        "no token: make one on the mirror's page /-/lazaret/account, and give it in LAZARET_TOKEN or --token-file",
    )
}

/// The token of a file, else of the environment; nothing if there is none.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn token(
    file: Option<&Path>,
    surroundings: &Surroundings,
) -> Result<Option<String>, Failure> {
    let token = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| {
                Failure::wrong_use(format!("cannot read {}: {error}", path.display()))
            })?
            .trim()
            .to_owned(),
        None => surroundings
            .variable("LAZARET_TOKEN")
            .unwrap_or_default()
            .to_owned(),
    };
    Ok(Some(token).filter(|token| !token.is_empty()))
}

impl Mirror {
    /// The mirror at an address; nothing is asked yet.
    ///
    /// # Errors
    /// When the configuration's certificates are none.
    pub(crate) fn open(server: &Url, token: String, loaded: &Loaded) -> Result<Self, Failure> {
        let mut builder = Client::builder()
            .user_agent(concat!("lazaret/", env!("CARGO_PKG_VERSION")))
            // The token goes where it was meant to go.
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE);
        if let Some(pem) = loaded.config.upstream.extra_ca()? {
            let more = Certificate::from_pem_bundle(&pem).context("the extra certificates")?;
            builder = builder.tls_certs_merge(more);
        }
        let base = format!(
            "{}/-/lazaret/api/v1/",
            server.as_str().trim_end_matches('/')
        );
        Ok(Self {
            runtime: super::runtime()?,
            client: builder.build().context("cannot speak HTTP")?,
            base: Url::parse(&base).context("the mirror's address")?,
            token,
        })
    }
}

/// The mirror that the configuration means.
pub(crate) fn configured_server(
    loaded: &Loaded,
    surroundings: &Surroundings,
) -> Result<Url, Failure> {
    if let Some(text) = surroundings.variable("LAZARET_SERVER") {
        return config::url(text).map_err(|message| {
            Failure::wrong_use(format!("the environment variable LAZARET_SERVER {message}"))
        });
    }
    if let Some(public) = &loaded.config.server.public_url {
        return Ok(public.clone());
    }
    let mut listen = loaded.config.server.listen;
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.is_ipv4() {
            true => std::net::Ipv4Addr::LOCALHOST.into(),
            false => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    Url::parse(&format!("http://{listen}/")).map_err(|error| anyhow::Error::new(error).into())
}

impl Mirror {
    /// What is at a path: its parts are encoded, the query's values too.
    pub(crate) fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.ask(Method::GET, path, query, None)
    }

    /// What a request with a body gives.
    pub(crate) fn post(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.ask(Method::POST, path, &[], Some(body))
    }

    /// The same for a large body, which is packed.
    pub(crate) fn post_packed(
        &self,
        path: &[&str],
        body: &impl serde::Serialize,
    ) -> Result<Value, Failure> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        serde_json::to_writer(&mut packed, body).context("cannot write a request")?;
        let packed = packed.finish().context("cannot pack a request")?;
        self.runtime.block_on(async {
            let request = self
                .client
                .request(Method::POST, self.address(path, &[]))
                .header("content-type", "application/json")
                .header("content-encoding", "gzip")
                .body(packed);
            self.answer(self.sent(request).await?).await
        })
    }

    fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        self.runtime.block_on(async {
            let response = self.send(method, path, query, body).await?;
            self.answer(response).await
        })
    }

    async fn answer(&self, mut response: Response) -> Result<Value, Failure> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broke(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MOST_BYTES {
                return Err(self.strange("an answer without an end"));
            }
        }
        serde_json::from_slice(&bytes).map_err(|_| self.strange("something that is not JSON"))
    }

    /// Hands out an answer line by line, however long it is; each line has a bound.
    pub(crate) fn lines(
        &self,
        path: &[&str],
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.runtime.block_on(async {
            let mut response = self.send(Method::GET, path, &[], None).await?;
            let mut rest = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| self.broke(&error))? {
                rest.extend_from_slice(&chunk);
                let end = rest.iter().rposition(|byte| *byte == b'\n');
                if let Some(end) = end {
                    rest[..end]
                        .split(|byte| *byte == b'\n')
                        .try_for_each(&mut take)?;
                    rest.drain(..=end);
                }
                if rest.len() > MOST_BYTES {
                    return Err(self.strange("a line without an end"));
                }
            }
            match rest.is_empty() {
                true => Ok(()),
                false => Err(self.strange("a log that ends in the middle of a line")),
            }
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response, Failure> {
        let mut request = self.client.request(method, self.address(path, query));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        self.sent(request).await
    }

    async fn sent(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let request = request.bearer_auth(&self.token);
        let response = request.send().await.map_err(|error| self.broke(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(self.refused(response).await)
    }

    fn address(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// What the mirror says was wrong, with the code that this means.
    async fn refused(&self, mut response: Response) -> Failure {
        #[derive(serde::Deserialize)]
        struct Problem {
            error: String,
        }
        let status = response.status();
        let chunk = response.chunk().await.ok().flatten().unwrap_or_default();
        let said = serde_json::from_slice::<Problem>(&chunk).map_or_else(
            |_| "nothing that lazaret would say".to_owned(),
            |problem| problem.error,
        );
        let exit = match status {
            StatusCode::NOT_FOUND => Exit::Nothing,
            StatusCode::BAD_REQUEST
            | StatusCode::CONFLICT
            | StatusCode::FORBIDDEN
            | StatusCode::UNAUTHORIZED => Exit::WrongUse,
            _ => Exit::Incomplete,
        };
        let server = self.base.origin().ascii_serialization();
        Failure::new(
            exit,
            anyhow::anyhow!("{server} answers {}: {said}", status.as_u16()),
        )
    }

    fn broke(&self, error: &reqwest::Error) -> Failure {
        let server = self.base.origin().ascii_serialization();
        let error = anyhow::anyhow!("{error}").context(format!(
            "the mirror at {server} could not be asked (is `lazaret serve` running there?)"
        ));
        Failure::new(Exit::Incomplete, error)
    }

    fn strange(&self, what: &str) -> Failure {
        let server = self.base.origin().ascii_serialization();
        Failure::new(
            Exit::Incomplete,
            anyhow::anyhow!("{server} does not answer like lazaret: {what}"),
        )
    }
}
