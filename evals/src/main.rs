//! Measures the inspector on fixtures and on real, popular packages: recall, false alarms, robustness, time.

fn main() {}
