//! One suite for SQLite and PostgreSQL, and what only files can show.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod blobs;
mod deciding;
mod directory;
mod downloads;
mod incidents;
mod inspections;
mod inventories;
mod people;
mod postgres;
mod suite;
mod world;
