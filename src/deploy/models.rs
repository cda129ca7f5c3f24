//! Models that are sent from here, where the server reaches no index: those of this machine, and the server's own ONNX
//! Runtime, which is fetched here first.

use std::path::{Path, PathBuf};

use super::look::Machine;
use crate::digest::Sha256;
use crate::models::{Error, File, Network, Registry, Store, Watch, pull};

/// A file that the server needs to read.
#[derive(Debug, Clone)]
pub struct ModelFile {
    /// As the registry calls it.
    pub id: String,
    /// Of its bytes.
    pub digest: Sha256,
    /// Where it is on this machine.
    pub path: PathBuf,
}

/// What `machine` needs to read with the set `name`, or with the usual one. What is not in `here`, the store of this
/// machine, is fetched into a folder below `folder`.
///
/// # Errors
/// Those of [`pull`].
pub fn gather(
    machine: &Machine,
    name: Option<&str>,
    stores: (&Store, &Path),
    network: &Network,
    watch: &mut Watch,
) -> Result<Vec<ModelFile>, Error> {
    let registry = Registry::embedded();
    let set = match name {
        Some(name) => registry.set(name)?,
        None => registry.auto_sets().pop().ok_or_else(|| Error::ReadsNothing { name: "auto".to_owned() })?,
    };
    let mut files: Vec<_> = registry.files_of(set).collect();
    files.push(&registry.runtime(&machine.platform())?.file);
    gathered(machine, &files, stores, network, watch)
}

/// The OpenVINO of `machine`, as [`gather`] does.
///
/// # Errors
/// Those of [`pull`].
pub fn gather_openvino(
    machine: &Machine,
    stores: (&Store, &Path),
    network: &Network,
    watch: &mut Watch,
) -> Result<Vec<ModelFile>, Error> {
    let files = Registry::embedded().openvino(&machine.platform())?.files();
    gathered(machine, &files.iter().collect::<Vec<_>>(), stores, network, watch)
}

fn gathered(
    machine: &Machine,
    files: &[&'static File],
    (here, folder): (&Store, &Path),
    network: &Network,
    watch: &mut Watch,
) -> Result<Vec<ModelFile>, Error> {
    let folder = folder.join(format!("linux-{}", machine.arch));
    let there = Store::for_machine(Registry::embedded(), folder, machine.platform());
    let missing: Vec<_> = files.iter().copied().filter(|file| !here.has(file)).collect();
    pull(&there, network, &missing, watch)?;
    let found = files.iter().map(|file| {
        let store = if here.has(file) { here } else { &there };
        ModelFile { id: file.id.clone(), digest: file.sha256, path: store.path(file) }
    });
    Ok(found.collect())
}
