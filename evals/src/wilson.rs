//! A share with the interval that holds the true rate in 95 of 100 samples (Wilson's score interval).

use serde::Serialize;
use std::fmt;

/// The quantile of the normal distribution for 95 %, two-sided.
const Z: f64 = 1.959_963_984_540_054;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Share {
    pub(crate) hits: usize,
    pub(crate) of: usize,
    /// All three in percent.
    pub(crate) percent: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Share {
    /// Of nothing, nothing is known: the interval is 0 to 100.
    pub(crate) fn new(hits: usize, of: usize) -> Self {
        if of == 0 {
            return Self {
                hits,
                of,
                percent: 0.0,
                low: 0.0,
                high: 100.0,
            };
        }
        let n = of as f64;
        let p = hits as f64 / n;
        let spread = 1.0 + Z * Z / n;
        let middle = (p + Z * Z / (2.0 * n)) / spread;
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / spread;
        Self {
            hits,
            of,
            percent: round(100.0 * p),
            low: round(100.0 * (middle - half).max(0.0)),
            high: round(100.0 * (middle + half).min(1.0)),
        }
    }
}

/// Two places: more would claim what samples of a few hundred cannot say.
fn round(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}/{} = {:.2} % (95 %: {:.2} to {:.2})",
            self.hits, self.of, self.percent, self.low, self.high
        )
    }
}

#[cfg(test)]
mod tests;
