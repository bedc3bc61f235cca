//! What a key's value may be: how it is read from a flag, checked in the file, and told to a schema.

use std::net::SocketAddr;
use toml::Value;
use tracing_subscriber::EnvFilter;
use url::Url;

/// The kinds of values that keys have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// An IP address with its port.
    Address,
    /// An http or https URL without credentials, query and fragment.
    Url,
    Path,
    /// Text that is never shown.
    Secret,
    /// A filter of log lines.
    Filter,
    Choice(&'static [&'static str]),
    Number {
        least: i64,
        most: i64,
        unit: &'static str,
    },
    /// An RFC 3339 instant, or a date-time of TOML with its offset.
    Instant,
    Switch,
    /// A list of names, patterns or `name@version`.
    Names,
    /// A list of tables for deny and allow.
    Rules,
}

impl Kind {
    /// What stands for the value in help texts.
    pub(crate) fn placeholder(self) -> String {
        match self {
            Self::Address => "ADDRESS:PORT".into(),
            Self::Url => "URL".into(),
            Self::Path => "PATH".into(),
            Self::Secret => "TOKEN".into(),
            Self::Filter => "FILTER".into(),
            Self::Choice(choices) => choices.join("|"),
            Self::Number { unit, .. } => unit.to_uppercase(),
            Self::Instant => "TIME".into(),
            Self::Switch => "true|false".into(),
            Self::Names => "NAMES".into(),
            Self::Rules => "TABLES".into(),
        }
    }

    /// The value that a flag or variable means; the error says what would be right.
    pub(crate) fn read(self, text: &str) -> Result<Value, String> {
        let value = match self {
            Self::Number { .. } => text.parse().map(Value::Integer).ok(),
            Self::Switch => text.parse().map(Value::Boolean).ok(),
            Self::Names | Self::Rules => return Err("can only be set in lazaret.toml".into()),
            _ => None,
        };
        // What is no number or switch stays text, and the check says what would be right.
        let value = value.unwrap_or_else(|| Value::String(text.into()));
        self.check(&value)?;
        Ok(value)
    }

    /// Whether the file's value will do; the error says what would be right.
    pub(crate) fn check(self, value: &Value) -> Result<(), String> {
        let text = || {
            value
                .as_str()
                .ok_or_else(|| format!("must be text in quotes, not {}", article(value)))
        };
        match self {
            Self::Address => text()?
                .parse::<SocketAddr>()
                .map(drop)
                .map_err(|_| "must be an IP address and a port, such as 127.0.0.1:4040 or [::]:4040".into()),
            Self::Url => url(text()?).map(drop),
            Self::Path | Self::Secret => match text()? {
                "" => Err("must not be empty".into()),
                _ => Ok(()),
            },
            Self::Filter => EnvFilter::builder()
                .parse(text()?)
                .map(drop)
                .map_err(|_| "must be a level (error, warn, info, debug, trace) or a list such as info,lazaret_upstream=debug".into()),
            Self::Choice(choices) => {
                let text = text()?;
                if choices.contains(&text) {
                    return Ok(());
                }
                Err(format!("must be one of {}{}", choices.join(", "), super::problem::did_you_mean(text, choices)))
            }
            Self::Number { least, most, unit } => match value.as_integer() {
                Some(number) if (least..=most).contains(&number) => Ok(()),
                _ => Err(format!("must be a whole number of {unit} from {least} to {most}")),
            },
            Self::Instant => {
                let text = value.as_datetime().map(ToString::to_string).or_else(|| value.as_str().map(str::to_owned));
                match text.and_then(|text| text.parse::<jiff::Timestamp>().ok()) {
                    Some(_) => Ok(()),
                    None => Err("must be an instant with its offset, such as 2025-09-08T13:00:00Z".into()),
                }
            }
            Self::Switch => match value {
                Value::Boolean(_) => Ok(()),
                _ => Err("must be true or false".into()),
            },
            // Their elements are checked by the policy itself.
            Self::Names | Self::Rules => Ok(()),
        }
    }
}

/// An http or https URL that may be written into configuration and logs.
///
/// # Errors
/// Says what is wrong without repeating the URL, which may hold a password.
pub(crate) fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .map_err(|error| format!("must be a URL such as https://registry.example/: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must begin with http:// or https:// and name a host".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "must not hold a user or password: put a token into `[upstream] token` or .npmrc"
                .into(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query (?) or fragment (#)".into());
    }
    Ok(url)
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date-time",
        Value::Array(_) => "an array",
        Value::Table(_) => "a table",
    }
}
