//! How we run what we do not trust: a child process of the same program, with few rights and hard limits.
