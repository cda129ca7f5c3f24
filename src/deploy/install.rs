//! The steps that change the server, each a script that can be repeated.

use std::fs;
use std::time::Duration;

use bytes::Bytes;

use super::answer::Answer;
use super::error::{Error, Step};
use super::models::ModelFile;
use super::plan::{Deployment, ModelsFrom, READY};
use super::program::{self, Upload};
use super::session::{Script, ServerSession};
use crate::digest::Sha256;
use crate::models::PYPI;
use crate::untrusted::Untrusted;

/// Functions that take the new program back.
const BACK: &str = include_str!("scripts/back.sh");

/// How long a step without a download may take.
const PATIENCE: Duration = Duration::from_mins(6);

/// How long models may take to come.
const DOWNLOAD: Duration = Duration::from_hours(1);

/// How long the look for an index may take.
const LOOK: Duration = Duration::from_secs(30);

/// Names of shell variables, with what they are set to.
type Values = Vec<(&'static str, String)>;

/// A file that is sent.
struct SentFile {
    /// Where it goes.
    target: String,
    /// Of it, unpacked.
    digest: Sha256,
    /// Whether it is a program.
    runs: bool,
}

/// The server, and what is to be done there.
pub struct Installation<'a> {
    /// The way there.
    pub session: &'a ServerSession,
    /// What is to be done.
    pub deployment: &'a Deployment,
}

impl Installation<'_> {
    /// Sends the program, unless it is there. `sent` is told how many bytes of how many have arrived.
    ///
    /// # Errors
    /// What the server says: no place, no space, another deployment under way, a program that does not run there.
    pub async fn upload(&self, upload: &Upload, sent: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        let Deployment { base, release, .. } = self.deployment;
        let file = SentFile { target: format!("{base}/versions/{release}/jkocr"), digest: upload.digest, runs: true };
        self.send(&file, upload.contents.clone(), sent).await
    }

    /// Sends a file of a model, unless it is there. Returns the folder that it goes to.
    ///
    /// # Errors
    /// As those of a program.
    pub async fn send_model(&self, model: &ModelFile, sent: &mut dyn FnMut(u64, u64)) -> Result<String, Error> {
        let folder = format!("{}/models", self.deployment.base);
        let file = SentFile { target: format!("{folder}/{}", model.id), digest: model.digest, runs: false };
        self.send(&file, fs::read(&model.path).map_err(Error::Here)?.into(), sent).await?;
        Ok(folder)
    }

    async fn send(&self, file: &SentFile, contents: Bytes, sent: &mut dyn FnMut(u64, u64)) -> Result<(), Error> {
        let part = format!("{}.gz.part", file.digest);
        let values = [
            ("PART", part.clone()),
            ("TARGET", file.target.clone()),
            ("DIGEST", file.digest.to_string()),
            ("RUNS", if file.runs { "yes" } else { "no" }.to_owned()),
        ];
        // What a cut left could be damaged: then once more, from the start.
        for is_last in [false, true] {
            let prepared = self.script(Step::Prepare, include_str!("scripts/prepare.sh"), &values, PATIENCE).await?;
            if !prepared.is("there") {
                let packed = program::packed(contents.clone()).await.map_err(Error::Here)?;
                let total = packed.len() as u64;
                let have = prepared.number("have").unwrap_or(0).min(total);
                let rest = packed.get(usize::try_from(have).unwrap_or(0)..).unwrap_or_default();
                let to = format!("{}/incoming/{part}", self.deployment.base);
                sent(have, total);
                self.session.append(&to, rest, &mut |count| sent(have + count, total)).await?;
            }
            match self.script(Step::Unpack, include_str!("scripts/unpack.sh"), &values, PATIENCE).await {
                Err(error) if error.name() == Some("damaged") && !is_last => {}
                other => return other.map(drop),
            }
        }
        Ok(())
    }

    /// The index that models would come from, if the server does not reach it.
    ///
    /// # Errors
    /// What kept it from trying.
    pub async fn unreached_index(&self) -> Result<Option<Untrusted>, Error> {
        let text = include_str!("scripts/index.sh");
        let values = vec![("INDEX", PYPI.to_owned())];
        Ok(self.download(Step::Look, text, (values, Vec::new()), LOOK).await?.shown("unreached"))
    }

    /// Gets the models to where the service finds them: from the index, if it is reached, or from the folder `from` there.
    /// With neither, it is well if they are all there.
    ///
    /// # Errors
    /// [`Error::Said`] with the words of the download.
    pub async fn models(&self, from: Option<&str>) -> Result<(), Error> {
        let values = vec![("FROM", from.unwrap_or_default().to_owned())];
        let variables = match self.deployment.models_from {
            ModelsFrom::Index => Vec::new(),
            ModelsFrom::Here | ModelsFrom::HereWithout(_) => vec![("JKOCR_OFFLINE", "1".to_owned())],
        };
        let text = include_str!("scripts/models.sh");
        self.download(Step::Models, text, (values, variables), DOWNLOAD).await.map(drop)
    }

    /// Runs `text` with `values`, and, besides `variables`, those that downloads there heed.
    async fn download(
        &self,
        step: Step,
        text: &str,
        (mut values, mut variables): (Values, Values),
        patience: Duration,
    ) -> Result<Answer, Error> {
        variables.extend(self.deployment.wishes.download.iter().cloned());
        let exports: Vec<_> = variables.iter().map(|(name, _)| format!("export {name}")).collect();
        values.extend(variables);
        self.script(step, &format!("{}\n{text}", exports.join("\n")), &values, patience).await
    }

    /// Puts the program into its place and waits until it is ready. If it does not get ready, the server has put back
    /// what was there before, and the error says what runs now.
    ///
    /// # Errors
    /// [`Error::Said`] with the words of the service.
    pub async fn switch(&self, from: Option<&str>) -> Result<(), Error> {
        let values = [("FROM", from.unwrap_or_default().to_owned())];
        let text = format!("{BACK}\n{}", include_str!("scripts/switch.sh"));
        self.script(Step::Service, &text, &values, READY).await.map(drop)
    }

    /// Puts back what was there before. Returns what runs now, by its name.
    ///
    /// # Errors
    /// What kept it from that.
    pub async fn back(&self) -> Result<Option<String>, Error> {
        let text = format!("{BACK}\nkeep_lock\nstay\nswitch_back\nleave\n");
        let answer = self.script(Step::Back, &text, &[], PATIENCE).await?;
        Ok(answer.text("after").map(str::to_owned))
    }

    /// It was proved: what is no longer needed goes, and the lock.
    ///
    /// # Errors
    /// What the server says.
    pub async fn settle(&self) -> Result<(), Error> {
        self.script(Step::Settle, include_str!("scripts/settle.sh"), &[], PATIENCE).await.map(drop)
    }

    /// Lets others deploy. What keeps it from that is of no interest: the lock ages.
    pub async fn release(&self) {
        let _ = self.script(Step::Settle, include_str!("scripts/release.sh"), &[], Duration::from_secs(10)).await;
    }

    pub(super) async fn script(
        &self,
        step: Step,
        text: &str,
        values: &[(&'static str, String)],
        patience: Duration,
    ) -> Result<Answer, Error> {
        let mut all = self.deployment.values();
        // The later one counts in a shell as well.
        all.extend(values.iter().cloned());
        self.session.run(Script { step, text, values: &all, patience }).await
    }
}
