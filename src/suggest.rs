//! "Did you mean": the known name that is nearest to what was written.

/// The candidate that is nearest to what was written, if one is near enough to be meant.
pub fn nearest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(given, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(given.len()) / 3)
        .map(|(_, candidate)| candidate)
}
