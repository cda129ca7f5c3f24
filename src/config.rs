//! `config.toml`, the environment and the flags, merged into plain values.
