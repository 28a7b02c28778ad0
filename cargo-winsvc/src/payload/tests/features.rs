//! What belongs to a feature.

use super::*;

/// The files and folders, each with its feature.
fn found(names: &[&str], entries: &str) -> Vec<String> {
    let (_folder, project) = project_with(names);
    let text = format!(
        "[package.metadata.winsvc]\nfeatures = {{ a = {{}}, b = {{}} }}\n\
         path = [{{ folder = 'a', feature = 'a' }}, {{ folder = 'b', feature = 'b' }}]\n\
         package.files = [{entries}]\n"
    );
    let payload = Payload::find(&project, &tests::parse(&text).unwrap()).unwrap();
    let of = |target: String, feature: &Option<FeatureName>| match feature {
        Some(feature) => format!("{target} of {feature}"),
        None => target,
    };
    let files = payload.files.iter();
    let files = files.map(|file| of(file.target.to_string(), &file.feature));
    let folders = payload.empty_folders.iter();
    let folders = folders.map(|folder| of(format!("{}/", folder.target), &folder.feature));
    files.chain(folders).collect()
}

#[test]
fn files_have_the_feature_of_their_entry() {
    let files = ["docs/index.html", "docs/img/", "web/index.html", "x.toml"];
    let entries =
        "'web/', { source = 'docs/', feature = 'a' }, { source = 'x.toml', keep = true, feature = 'b' }";
    assert_eq!(
        found(&files, entries),
        [
            "docs/index.html of a",
            "web/index.html",
            "x.toml of b",
            "x.toml.new of b",
            "docs/img/ of a"
        ]
    );
}

#[test]
fn a_folder_of_two_features_is_always_made() {
    let folder = |feature: &str| format!("{{ target = 'plugins/', feature = '{feature}' }}");
    assert_eq!(
        found(&[], &format!("{}, {}", folder("a"), folder("a"))),
        ["plugins/ of a"]
    );
    assert_eq!(
        found(&[], &format!("{}, {}", folder("a"), folder("b"))),
        ["plugins/"]
    );
}

#[test]
fn an_empty_folder_is_made_by_what_is_in_it_only_if_that_is_installed_with_it() {
    let file = |feature: &str| format!("{{ source = 'a.txt', target = 'data/', feature = '{feature}' }}");
    let entry = file("a");
    let files = |entries: &str| found(&["a.txt"], entries);
    assert_eq!(
        files(&format!("{entry}, {{ target = 'data/' }}")),
        ["data/a.txt of a", "data/"]
    );
    let other = "{ target = 'data/', feature = 'b' }";
    assert_eq!(
        files(&format!("{entry}, {other}")),
        ["data/a.txt of a", "data/ of b"]
    );
    let same = "{ target = 'data/', feature = 'a' }";
    assert_eq!(files(&format!("{entry}, {same}")), ["data/a.txt of a"]);
    assert_eq!(
        files(&format!(
            "{{ source = 'a.txt', target = 'data/' }}, {other}, {{ target = 'x/', feature = 'a' }}"
        )),
        ["data/a.txt", "x/ of a"]
    );
}
