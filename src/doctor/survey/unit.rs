//! systemd units, as `systemctl show` writes them: `Name=value` lines, an empty line between units.

use crate::doctor::facts::UnitState;
use crate::shell::UnitName;

/// The units that systemd has a file for; what is not the name of a unit is none.
pub(super) fn parse(text: &str, is_users: bool) -> Vec<UnitState> {
    let mut units = Vec::new();
    for block in text.split("\n\n") {
        let value = |name: &str| {
            let mut found = block.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='));
            found.next().unwrap_or_default()
        };
        let Some(name) = UnitName::parse(value("Id")).filter(|_| value("LoadState") != "not-found") else { continue };
        units.push(UnitState {
            name,
            is_users,
            active: value("ActiveState").into(),
            sub: value("SubState").into(),
            result: value("Result").into(),
            restarts: value("NRestarts").parse().unwrap_or(0),
        });
    }
    units
}

#[cfg(test)]
mod tests {
    use super::{UnitName, UnitState, parse};

    #[test]
    fn only_units_that_exist_count() {
        let text = "Id=jkocr.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nResult=oom-kill\n\
                    NRestarts=3\n\nId=jkocr@8081.service\nLoadState=not-found\nActiveState=inactive\n";
        let unit = UnitState {
            name: UnitName::parse("jkocr.service").unwrap(),
            is_users: false,
            active: "failed".into(),
            sub: "failed".into(),
            result: "oom-kill".into(),
            restarts: 3,
        };
        assert_eq!(parse(text, false), [unit]);
        assert_eq!(parse("", true), []);
    }
}
