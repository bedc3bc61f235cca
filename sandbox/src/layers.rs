//! The layers round a worker, and what it says of each of them.

use std::fmt;

/// One thing that a worker gives up before it reads anything. The order is the order in which they are put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Environment,
    Session,
    Descriptors,
    Namespaces,
    Capabilities,
    ParentDeath,
    NoNewPrivileges,
    Landlock,
    Limits,
    Seccomp,
}

impl Layer {
    pub const ALL: [Self; 10] = [
        Self::Environment,
        Self::Session,
        Self::Descriptors,
        Self::Namespaces,
        Self::Capabilities,
        Self::ParentDeath,
        Self::NoNewPrivileges,
        Self::Landlock,
        Self::Limits,
        Self::Seccomp,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Session => "session",
            Self::Descriptors => "descriptors",
            Self::Namespaces => "namespaces",
            Self::Capabilities => "capabilities",
            Self::ParentDeath => "parent-death",
            Self::NoNewPrivileges => "no-new-privileges",
            Self::Landlock => "landlock",
            Self::Limits => "limits",
            Self::Seccomp => "seccomp",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == name)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Whether a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    /// Something of it holds; the reason says what does not.
    Partial,
    Missing,
}

impl Standing {
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Partial => "partial",
            Self::Missing => "missing",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Partial, Self::Missing]
            .into_iter()
            .find(|standing| standing.name() == name)
    }
}

/// What a worker says of one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerReport {
    pub layer: Layer,
    pub standing: Standing,
    /// Why it is not active, or what it is made of (`ABI 7`). One line, perhaps empty.
    pub reason: String,
}

impl LayerReport {
    pub(crate) fn active(layer: Layer, detail: impl fmt::Display) -> Self {
        Self::new(layer, Standing::Active, detail)
    }

    pub(crate) fn partial(layer: Layer, reason: impl fmt::Display) -> Self {
        Self::new(layer, Standing::Partial, reason)
    }

    pub(crate) fn missing(layer: Layer, reason: impl fmt::Display) -> Self {
        Self::new(layer, Standing::Missing, reason)
    }

    fn new(layer: Layer, standing: Standing, reason: impl fmt::Display) -> Self {
        let reason = reason.to_string().replace(['\n', '\t'], " ");
        Self {
            layer,
            standing,
            reason,
        }
    }
}

impl fmt::Display for LayerReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.layer, self.standing.name())?;
        match self.reason.as_str() {
            "" => Ok(()),
            reason => write!(formatter, " ({reason})"),
        }
    }
}

/// The first frame of a worker: the version of the protocol on a line, then one line for each layer.
pub(crate) fn hello(version: u32, layers: &[LayerReport]) -> Vec<u8> {
    let mut text = format!("{version}\n");
    for report in layers {
        let (layer, standing) = (report.layer.name(), report.standing.name());
        text.push_str(&format!("{layer}\t{standing}\t{}\n", report.reason));
    }
    text.into_bytes()
}

/// Reads what [`hello`] writes. `Err` says what is wrong with it.
pub(crate) fn read_hello(version: u32, bytes: &[u8]) -> Result<Vec<LayerReport>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "a first frame that is not text")?;
    let mut lines = text.lines();
    if lines.next() != Some(version.to_string().as_str()) {
        return Err("a first frame of another version of the protocol");
    }
    lines
        .map(|line| {
            let mut fields = line.splitn(3, '\t');
            let layer = fields.next().and_then(Layer::named)?;
            let standing = fields.next().and_then(Standing::named)?;
            Some(LayerReport::new(layer, standing, fields.next()?))
        })
        .collect::<Option<_>>()
        .ok_or("a first frame with an unknown layer")
}

#[cfg(test)]
mod tests;
