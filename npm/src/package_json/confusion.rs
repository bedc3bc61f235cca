//! Manifest confusion: what the registry says of a version and what its tarball says.
