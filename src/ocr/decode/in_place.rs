//! Samples that change their width where they lie, without a second copy.

/// Replaces each of `count` groups of `FROM` bytes at the start of `bytes` by `TO` bytes. None is overwritten before it
/// was read: where groups grow, the last one is first.
pub(super) fn map<const FROM: usize, const TO: usize>(
    bytes: &mut [u8],
    count: usize,
    make: impl Fn([u8; FROM]) -> [u8; TO],
) {
    let mut replace = |at: usize| {
        let mut group = [0; FROM];
        group.copy_from_slice(&bytes[FROM * at..FROM * (at + 1)]);
        bytes[TO * at..TO * (at + 1)].copy_from_slice(&make(group));
    };
    if FROM < TO { (0..count).rev().for_each(&mut replace) } else { (0..count).for_each(&mut replace) }
}
