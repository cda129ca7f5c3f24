//! What this machine's processor can, as far as an engine is chosen by it.

/// The processor, or what a test takes it to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Processor {
    /// How it computes in bf16.
    pub bf16: Bf16,
}

/// Instructions for numbers of 16 bits with the range of 32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bf16 {
    /// It has none, or none that were measured.
    No,
    /// AVX512-BF16: AMD since Zen 4, Intel here and there.
    Avx512,
    /// AMX: Intel since Sapphire Rapids.
    Amx,
}

impl Processor {
    /// That of this machine.
    pub fn here() -> Self {
        Self::with(&features())
    }

    /// One with these features, as Linux calls them.
    pub fn with(features: &[impl AsRef<str>]) -> Self {
        let has = |name: &str| features.iter().any(|feature| feature.as_ref() == name);
        let bf16 = match (has("amx_bf16"), has("avx512_bf16")) {
            (true, _) => Bf16::Amx,
            (false, true) => Bf16::Avx512,
            (false, false) => Bf16::No,
        };
        Self { bf16 }
    }
}

impl Bf16 {
    /// Whether OpenVINO is faster with it than in 32 bits.
    pub fn is_there(self) -> bool {
        self != Self::No
    }
}

/// Those of the first processor, which all others are like. No Mac has a bf16 that was measured.
#[cfg(target_os = "linux")]
fn features() -> Vec<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of = |line: &str| line.strip_prefix("flags")?.split_once(':').map(|(_, flags)| flags.to_owned());
    let flags = text.lines().find_map(of).unwrap_or_default();
    flags.split_whitespace().map(str::to_owned).collect()
}

#[cfg(not(target_os = "linux"))]
fn features() -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bf16_is_seen_in_the_flags() {
        let bf16 = |flags: &str| Processor::with(&flags.split(' ').collect::<Vec<_>>()).bf16;
        assert_eq!(bf16("avx512f avx512_bf16 avx512_vnni"), Bf16::Avx512);
        assert_eq!(bf16("avx512_bf16 amx_bf16 amx_tile amx_int8"), Bf16::Amx);
        // The name on ARM, which was not measured.
        assert_eq!(bf16("asimd bf16 i8mm"), Bf16::No);
        assert_eq!(bf16("avx avx2 avx512f amx_int8"), Bf16::No);
    }
}
