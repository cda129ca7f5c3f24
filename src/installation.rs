//! How this program came to where it is, and with what to bring it up to date or to take it away.
//!
//! Every package has a file that says which it is; a program without one was built where it is used.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::Serialize;

use crate::shell::{CommandLine, FilePath};

/// The file of a package that says which it is, as seen from the folder above that of the program.
const MARK: &str = "lib/jkocr/package";

/// The installer that comes with an archive, beside [`MARK`].
const INSTALLER: &str = "install.sh";

/// Where this program is, and what put it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Installation {
    /// The program itself, an absolute path without links.
    pub program: PathBuf,
    /// What put it there.
    pub package: Package,
}

/// What puts programs onto machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Package {
    /// Homebrew.
    Homebrew,
    /// dpkg, below apt.
    Debian,
    /// `uv tool install`.
    Uv,
    /// `uvx`, which keeps it in a cache.
    Uvx,
    /// pipx.
    Pipx,
    /// pip, into a virtual environment or the user's own folder.
    Pip,
    /// `install.sh`.
    Installer,
    /// Somebody unpacked the archive.
    Archive,
    /// It is in a container.
    Image,
    /// `cargo install`.
    Cargo,
    /// It was built, and is used from there or was copied.
    Built,
}

impl Installation {
    /// Of the process.
    ///
    /// # Errors
    /// If the system does not say where the program is.
    pub fn of_this_program() -> io::Result<Self> {
        let program = env::current_exe()?;
        // Homebrew, pipx and uv put links on the `PATH`, to folders of their own.
        Ok(Self::of(program.canonicalize().unwrap_or(program)))
    }

    /// Of `program`, an absolute path without links.
    #[must_use]
    pub fn of(program: PathBuf) -> Self {
        let mark = mark(&program).and_then(|mark| fs::read_to_string(mark).ok());
        let package = match mark.as_deref().map(str::trim) {
            Some("homebrew") => Package::Homebrew,
            Some("debian") => Package::Debian,
            Some("wheel") => of_wheel(&program),
            Some("installer") => Package::Installer,
            Some("archive") => Package::Archive,
            Some("image") => Package::Image,
            _ if is_below(&program, &[".cargo", "bin"]) => Package::Cargo,
            _ => Package::Built,
        };
        Self { program, package }
    }

    /// What brings it up to date; none where that is more than a command.
    #[must_use]
    pub fn upgrade(&self) -> Option<CommandLine> {
        match self.package {
            Package::Homebrew => Some(CommandLine::new("brew upgrade jkocr")),
            Package::Uv => Some(CommandLine::new("uv tool upgrade jkocr")),
            Package::Uvx => Some(CommandLine::new("uvx jkocr@latest --version")),
            Package::Pipx => Some(CommandLine::new("pipx upgrade jkocr")),
            Package::Pip => Some(self.pip()?.text("-m pip install --upgrade jkocr")),
            Package::Installer => Some(CommandLine::new("sh").word(&self.installer()?)),
            Package::Debian | Package::Archive | Package::Image | Package::Cargo | Package::Built => None,
        }
    }

    /// What takes the program away again; configuration, models and services stay.
    #[must_use]
    pub fn removal(&self) -> Option<CommandLine> {
        match self.package {
            Package::Homebrew => Some(CommandLine::new("brew uninstall jkocr")),
            Package::Debian => Some(CommandLine::new("sudo apt remove jkocr")),
            Package::Uv => Some(CommandLine::new("uv tool uninstall jkocr")),
            Package::Uvx => Some(CommandLine::new("uv cache clean jkocr")),
            Package::Pipx => Some(CommandLine::new("pipx uninstall jkocr")),
            Package::Pip => Some(self.pip()?.text("-m pip uninstall jkocr")),
            Package::Installer => Some(CommandLine::new("sh").word(&self.installer()?).text("--remove")),
            Package::Cargo => Some(CommandLine::new("cargo uninstall jkocr")),
            Package::Built => Some(CommandLine::new("rm").word(&FilePath::of(&self.program)?)),
            Package::Archive | Package::Image => None,
        }
    }

    /// The Python of the environment that the program is in.
    fn pip(&self) -> Option<CommandLine> {
        Some(CommandLine::program(&FilePath::of(&self.program.with_file_name("python3"))?))
    }

    fn installer(&self) -> Option<FilePath> {
        FilePath::of(&mark(&self.program)?.with_file_name(INSTALLER))
    }
}

impl Package {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Homebrew => "Homebrew".into(),
            Self::Uv => "uv tool".into(),
            Self::Uvx => "uvx".into(),
            Self::Pipx => "pipx".into(),
            Self::Pip => "pip".into(),
            Self::Cargo => "cargo".into(),
            Self::Installer => INSTALLER.into(),
            Self::Debian => t!("installation.debian"),
            Self::Archive => t!("installation.archive"),
            Self::Image => t!("installation.image"),
            Self::Built => t!("installation.built"),
        }
        .into_owned()
    }

    /// How it is brought up to date where no command does it.
    #[must_use]
    pub fn how_to_upgrade(self) -> Option<String> {
        let text = match self {
            Self::Debian => t!("installation.upgrade.debian"),
            Self::Archive => t!("installation.upgrade.archive"),
            Self::Image => t!("installation.upgrade.image"),
            Self::Cargo | Self::Built => t!("installation.upgrade.built"),
            _ => return None,
        };
        Some(text.into_owned())
    }
}

/// Where the file would be that says what put `program` there.
fn mark(program: &Path) -> Option<PathBuf> {
    Some(program.ancestors().nth(2)?.join(MARK))
}

/// Who unpacked a wheel, by the folders that they use.
fn of_wheel(program: &Path) -> Package {
    if is_below(program, &["uv", "tools"]) {
        Package::Uv
    } else if program.components().any(|part| part.as_os_str() == "archive-v0" || part.as_os_str() == "builds-v0") {
        Package::Uvx
    } else if is_below(program, &["pipx", "venvs"]) {
        Package::Pipx
    } else {
        Package::Pip
    }
}

/// Whether `names` are folders of `path` that follow each other.
fn is_below(path: &Path, names: &[&str]) -> bool {
    let parts: Vec<_> = path.iter().filter_map(|part| part.to_str()).collect();
    parts.windows(names.len()).any(|parts| parts == names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(place: &str, mark: Option<&str>) -> (tempfile::TempDir, Installation) {
        let root = tempfile::tempdir().unwrap();
        let prefix = root.path().join(place);
        fs::create_dir_all(prefix.join("lib/jkocr")).unwrap();
        if let Some(mark) = mark {
            fs::write(prefix.join(MARK), mark).unwrap();
        }
        (root, Installation::of(prefix.join("bin/jkocr")))
    }

    #[test]
    fn a_package_says_which_it_is_and_how_it_goes() {
        let table = [
            ("opt/homebrew/Cellar/jkocr/0.1.0", "homebrew\n", Package::Homebrew, "brew upgrade", "brew uninstall"),
            ("usr", "debian\n", Package::Debian, "", "sudo apt remove jkocr"),
            ("home/me/.local/share/uv/tools/jkocr", "wheel\n", Package::Uv, "uv tool upgrade", "uv tool uninstall"),
            ("home/me/.cache/uv/archive-v0/aB3", "wheel\n", Package::Uvx, "uvx jkocr@latest", "uv cache clean"),
            ("home/me/.local/pipx/venvs/jkocr", "wheel\n", Package::Pipx, "pipx upgrade", "pipx uninstall"),
            ("home/me/venv", "wheel\n", Package::Pip, "-m pip install --upgrade", "-m pip uninstall"),
            ("home/me/.local", "installer\n", Package::Installer, "lib/jkocr/install.sh", "install.sh --remove"),
            ("home/me/Downloads/jkocr", "archive\n", Package::Archive, "", ""),
        ];
        for (place, mark, package, upgrade, removal) in table {
            let (_root, installation) = installed(place, Some(mark));
            assert_eq!(installation.package, package, "{place}");
            for (line, wanted) in [(installation.upgrade(), upgrade), (installation.removal(), removal)] {
                let line = line.map(|line| line.to_string()).unwrap_or_default();
                assert!(line.contains(wanted) && line.is_empty() == wanted.is_empty(), "{place}: {line}");
            }
            let told = installation.package.how_to_upgrade();
            assert_eq!(told.is_some(), upgrade.is_empty(), "{place}");
        }
    }

    #[test]
    fn what_has_no_mark_was_built() {
        assert_eq!(installed("home/me/.cargo", None).1.package, Package::Cargo);
        let (_root, built) = installed("src/jkocr/target/release", None);
        assert_eq!(built.package, Package::Built);
        assert!(built.removal().unwrap().to_string().starts_with("rm "));
    }
}
