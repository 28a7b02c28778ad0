//! Suggestions for misspelt words.

/// The word that is most similar to the unknown one, if it is similar enough.
pub(crate) fn nearest<'a>(found: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |word: &str| strsim::damerau_levenshtein(found, word);
    let nearest = words.into_iter().min_by_key(|word| distance(word))?;
    // A third of the letters may differ, as in cargo's and clap's suggestions.
    (distance(nearest) <= found.chars().count().max(3) / 3).then_some(nearest)
}
