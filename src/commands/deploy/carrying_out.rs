//! Doing what was said: a step after the other, and back if one of them fails.

use anyhow::{Context as _, Result};

use super::DeployRun;
use super::progress::Progress;
use crate::deploy::models::{gather, gather_openvino};
use crate::deploy::{Deployment, Error, Installation, Machine, ModelsFrom, ServerSession, Upload, prove};
use crate::models;
use crate::report;
use crate::tunnel::Remote;
use crate::wording;

impl DeployRun<'_> {
    /// Carries out `deployment`.
    ///
    /// # Errors
    /// What failed; the version from before runs again then, or the error says what does.
    pub async fn carry_out(
        &self,
        session: &ServerSession,
        machine: &Machine,
        (deployment, upload): (&Deployment, &Upload),
    ) -> Result<()> {
        let installation = Installation { session, deployment };
        let done = self.steps(&installation, machine, upload).await;
        if done.is_err() {
            installation.release().await;
        }
        done
    }

    async fn steps(&self, installation: &Installation<'_>, machine: &Machine, upload: &Upload) -> Result<()> {
        {
            let mut progress = Progress::sending(t!("deploy.doing.program").into_owned(), self.settings.quiet);
            installation.upload(upload, &mut |done, total| progress.sent(done, total)).await?;
        }
        let from = self.models(installation, machine).await?;
        {
            let _progress = Progress::waiting(t!("deploy.doing.service").into_owned(), self.settings.quiet);
            installation.switch(from.as_deref()).await.map_err(|error| {
                let after = error.after().map(after);
                explained(error, after)
            })?;
        }
        let proved = {
            let _progress = Progress::waiting(t!("deploy.doing.prove").into_owned(), self.settings.quiet);
            prove(installation.session, &self.remote()).await
        };
        match proved {
            Ok(took) => self.say(&t!("deploy.proved", millis = took.as_millis())),
            Err(error) => {
                let after = match installation.back().await {
                    Ok(now) => now.as_deref().map(after),
                    Err(error) => Some(t!("deploy.after.unknown", reason = wording::chain(&error)).into_owned()),
                };
                return Err(explained(error, after));
            }
        }
        installation.settle().await?;
        Ok(())
    }

    /// Has the models come to the server; if they are sent from here, returns the folder that they are in there.
    async fn models(&self, installation: &Installation<'_>, machine: &Machine) -> Result<Option<String>> {
        let doing = match installation.deployment.models_from {
            ModelsFrom::Index => Some(t!("deploy.doing.models")),
            ModelsFrom::HereWithout(_) => Some(t!("deploy.doing.models_there")),
            ModelsFrom::Here => None,
        };
        if let Some(doing) = doing {
            let there = {
                let _progress = Progress::waiting(doing.into_owned(), self.settings.quiet);
                installation.models(None).await
            };
            match there {
                Err(error) if error.name() == Some("models") => {
                    // Otherwise it is known already.
                    if installation.deployment.models_from == ModelsFrom::Index {
                        self.say(&t!("deploy.no_index", reason = error.words()));
                    }
                }
                other => return Ok(other.map(|()| None)?),
            }
        }
        let set = installation.deployment.wishes.models.clone();
        let with_openvino = installation.deployment.faster.is_some();
        let (store, network, machine) = (self.settings.store(), self.settings.network()?, machine.clone());
        let mut progress = self.settings.progress();
        let folder = self.settings.paths.data.join("for-servers");
        // A download blocks, and Ctrl-C must be heard meanwhile.
        let gathering = tokio::task::spawn_blocking(move || {
            let (stores, watch) = ((&store, folder.as_path()), &mut |event: models::Event<'_>| progress.show(&event));
            let models = gather(&machine, set.as_deref(), stores, &network, watch)?;
            let openvino = with_openvino.then(|| gather_openvino(&machine, stores, &network, watch));
            Ok::<_, models::Error>((models, openvino.transpose()))
        });
        let gathered = gathering.await.context(t!("deploy.error.models_here"))?;
        let (mut files, openvino) = gathered.context(t!("deploy.error.models_here"))?;
        match openvino {
            Ok(openvino) => files.extend(openvino.into_iter().flatten()),
            // It is only faster.
            Err(error) => report::tell(&t!("deploy.no_openvino", reason = wording::chain(&error))),
        }
        let mut there = None;
        for model in files {
            let mut progress = Progress::sending(model.id.clone(), self.settings.quiet);
            there = Some(installation.send_model(&model, &mut |done, total| progress.sent(done, total)).await?);
        }
        installation.models(there.as_deref()).await?;
        Ok(there)
    }

    /// The OCR server as the host sees it.
    pub fn remote(&self) -> Remote {
        Remote::Tcp { host: "127.0.0.1".to_owned(), port: self.port }
    }
}

/// What runs now, by the name that a script has for it.
fn after(now: &str) -> String {
    match now {
        "old" => t!("deploy.after.old"),
        "old_server" => t!("deploy.after.old_server"),
        "none" => t!("deploy.after.none"),
        _ => t!("deploy.after.nothing"),
    }
    .into_owned()
}

/// `error`, after which `after` is so.
fn explained(error: Error, after: Option<String>) -> anyhow::Error {
    if let Some(after) = after {
        report::tell(&after);
    }
    error.into()
}
