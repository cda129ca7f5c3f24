//! What can be known of the packages without building them: the installer with a made-up archive, the templates, the
//! workflows, and every script. `packaging/check.sh` looks at the packages themselves.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

mod installer;
mod linting;
mod manifests;
