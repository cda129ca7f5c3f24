//! This machine: what reading here needs, and the clock.

use super::size;
use crate::doctor::facts::{Cpu, LocalReading, RuntimeState};
use crate::doctor::{Check, Facts, Finding};
use crate::models::{Faster, pull_command};
use crate::shell;

/// Memory below which reading here makes everything else slow: v5-mobile takes about 400 MB for a full page.
const LITTLE: u64 = 400 << 20;

/// Room that the runtime and v5-mobile take, with their folded forms.
const ROOM: u64 = 100 << 20;

/// Seconds that clocks may differ. Certificates and logs are no trouble below it.
const APART: i64 = 60;

/// What this machine is like.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    vec![
        models(facts),
        runtime(facts),
        clock(facts),
        memory(facts),
        disk(facts),
        cpu(Check::Cpu, Some(&facts.machine.cpu)),
        installation(facts),
    ]
}

fn models(facts: &Facts) -> Finding {
    let (check, models) = (Check::Models, &facts.models);
    if let Some(problem) = &models.problem {
        return Finding::failure(check, "unknown-set", problem)
            .remedy(t!("doctor.models.unknown_remedy"))
            .command(shell::CommandLine::new("jkocr models list"));
    }
    let set = models.set.clone().unwrap_or_default();
    if !models.damaged.is_empty() {
        let files = models.damaged.join(" ");
        let saw = t!("doctor.models.damaged", files = files);
        let build = if facts.reading == LocalReading::Never { Finding::warning } else { Finding::failure };
        let finding = build(check, "damaged", saw).remedy(t!("doctor.models.damaged_remedy"));
        return finding.command(pull_command(models.damaged.iter()));
    }
    match (models.missing.is_empty(), facts.reading) {
        (true, _) => {
            let saw = t!("doctor.models.ok", set = set, count = models.intact);
            match &models.better {
                Some(better) if facts.reading != LocalReading::Never => {
                    let saw = t!("doctor.models.better", saw = saw, gain = better.gain);
                    Finding::note(check, "better-set", saw).command(pull_command([&better.set]))
                }
                _ => Finding::ok(check, saw),
            }
        }
        (false, LocalReading::Never) => Finding::skipped(check, t!("doctor.models.never")),
        (false, _) => {
            let saw = t!("doctor.models.missing", set = set);
            let finding = Finding::warning(check, "missing", saw).remedy(t!("doctor.models.missing_remedy"));
            finding.command(pull_command([&set]))
        }
    }
}

fn runtime(facts: &Facts) -> Finding {
    let check = Check::Runtime;
    let never = facts.reading == LocalReading::Never;
    let build: fn(Check, &'static str, String) -> Finding = if never { Finding::note } else { Finding::failure };
    match &facts.runtime {
        RuntimeState::Loads { file } => loads(facts, t!("doctor.runtime.ok", file = file.display()).into_owned()),
        RuntimeState::Missing if never => Finding::skipped(check, t!("doctor.models.never")),
        RuntimeState::Missing => Finding::warning(check, "missing", t!("doctor.runtime.missing"))
            .remedy(t!("doctor.models.missing_remedy"))
            .command(shell::CommandLine::new("jkocr models pull onnxruntime")),
        // The digest says more than the loader.
        RuntimeState::Unloadable { .. } if facts.models.damaged.iter().any(|id| id == "onnxruntime") => {
            super::after(check, Check::Models)
        }
        RuntimeState::Unloadable { file, problem } => {
            let saw = t!("doctor.runtime.unloadable", file = file.display(), problem = problem);
            build(check, "unloadable", saw.into_owned()).remedy(t!("doctor.runtime.unloadable_remedy"))
        }
        RuntimeState::Unsupported { problem, remedy } => {
            build(check, "unsupported", problem.clone()).remedy(remedy.clone().unwrap_or_default())
        }
    }
}

/// What there is to say of OpenVINO, where the ONNX Runtime loads.
fn loads(facts: &Facts, saw: String) -> Finding {
    let check = Check::Runtime;
    if facts.reading == LocalReading::Never {
        return Finding::ok(check, saw);
    }
    match (&facts.openvino, &facts.models.faster) {
        (Some(RuntimeState::Loads { file }), _) => {
            Finding::ok(check, t!("doctor.runtime.both", saw = saw, file = file.display()))
        }
        (Some(RuntimeState::Unloadable { problem, .. }), _) => {
            let saw = t!("doctor.runtime.openvino_unloadable", problem = problem);
            let command = shell::CommandLine::new("jkocr models remove openvino");
            Finding::warning(check, "openvino-unloadable", saw)
                .remedy(t!("doctor.runtime.openvino_remedy"))
                .command(command)
        }
        (_, Some(gain)) => {
            let saw = t!("doctor.models.better", saw = saw, gain = gain);
            Finding::note(check, "openvino", saw).command(Faster::command())
        }
        _ => Finding::ok(check, saw),
    }
}

fn clock(facts: &Facts) -> Finding {
    let check = Check::Clock;
    let Some(clock) = facts.clock else { return Finding::skipped(check, t!("doctor.clock.unknown")) };
    if clock.ahead.abs() <= APART {
        return Finding::ok(check, t!("doctor.clock.ok"));
    }
    let saw = t!("doctor.clock.apart", seconds = clock.ahead);
    Finding::warning(check, "apart", saw).remedy(t!("doctor.clock.remedy"))
}

fn memory(facts: &Facts) -> Finding {
    let check = Check::Memory;
    let Some(memory) = facts.machine.memory else { return Finding::skipped(check, t!("doctor.server.not_said")) };
    let total = size(memory.total);
    let Some(available) = memory.available else { return Finding::ok(check, t!("doctor.memory_total", total = total)) };
    let saw = t!("doctor.memory", free = size(available), total = total, swap = size(memory.swap_free));
    if available >= LITTLE || facts.reading == LocalReading::Never {
        return Finding::ok(check, saw);
    }
    Finding::warning(check, "little-memory", saw).remedy(t!("doctor.memory_remedy"))
}

fn disk(facts: &Facts) -> Finding {
    let check = Check::Disk;
    let Some(free) = facts.machine.disk_free else { return Finding::skipped(check, t!("doctor.server.not_said")) };
    let saw = t!("doctor.disk", free = size(free), path = facts.machine.data.display());
    if free >= ROOM {
        return Finding::ok(check, saw);
    }
    Finding::warning(check, "little-room", saw).remedy(t!("doctor.disk_remedy"))
}

fn installation(facts: &Facts) -> Finding {
    let check = Check::Installation;
    let Some(found) = &facts.installation else { return Finding::skipped(check, t!("doctor.server.not_said")) };
    let package = found.package.name();
    let saw = t!("doctor.installation.ok", package = package, program = found.program.display(), build = facts.build);
    if let Some(problem) = facts.unsound_server_programs.first() {
        let finding = Finding::warning(check, "unsound-server-programs", problem);
        return super::with(finding.remedy(t!("doctor.installation.remedy")), found.upgrade());
    }
    let upgrade = match (found.upgrade(), found.package.how_to_upgrade()) {
        (Some(line), _) => Some(t!("doctor.installation.upgrade", command = line).into_owned()),
        (None, Some(how)) => Some(t!("doctor.installation.how_to_upgrade", how = how).into_owned()),
        (None, None) => None,
    };
    let removal = found.removal().map(|line| t!("doctor.installation.removal", command = line).into_owned());
    Finding::ok(check, saw).details(upgrade.into_iter().chain(removal).collect())
}

/// A processor, here or there.
pub(super) fn cpu(check: Check, cpu: Option<&Cpu>) -> Finding {
    let Some(cpu) = cpu else { return Finding::skipped(check, t!("doctor.server.not_said")) };
    let model = cpu.model.as_ref().unwrap_or(&cpu.arch);
    let saw = t!("doctor.cpu", model = model, cores = cpu.cores, features = cpu.features.join(" "));
    let has = |feature: &str| cpu.features.iter().any(|it| it == feature);
    if cpu.arch == "x86_64" && !(has("avx2") && has("fma")) {
        return Finding::warning(check, "no-avx2", saw).remedy(t!("doctor.cpu_remedy"));
    }
    Finding::ok(check, saw)
}
