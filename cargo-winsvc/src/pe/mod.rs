//! stub
use std::borrow::Cow;
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct PeError;
pub const LANGUAGE_NEUTRAL: u16 = 0;
pub const LANGUAGE_EN_US: u16 = 0x409;
pub const MANIFEST: &str = "";
pub struct Image<'a>(&'a [u8]);
pub struct Resources<'a>(Vec<&'a u8>);
pub enum ResourceKind {
    Version,
    Manifest,
    MessageTable,
    RcData,
}
impl<'a> Image<'a> {
    pub fn parse(b: &'a [u8]) -> Result<Self, PeError> {
        Ok(Self(b))
    }
    pub fn is_signed(&self) -> bool {
        false
    }
    pub fn resources(&self) -> Result<Resources<'a>, PeError> {
        Ok(Resources(vec![]))
    }
}
impl<'a> Resources<'a> {
    pub fn set(&mut self, _: ResourceKind, _: u16, _: u16, _: impl Into<Cow<'a, [u8]>>) {}
    pub fn contains(&self, _: ResourceKind, _: u16) -> bool {
        true
    }
}
#[derive(Default)]
pub struct VersionInfo {
    pub file_version: [u16; 4],
    pub product_version: [u16; 4],
    pub is_prerelease: bool,
    pub strings: Vec<(String, String)>,
}
impl VersionInfo {
    pub fn encode(&self) -> Vec<u8> {
        vec![]
    }
}
pub struct MessageTable;
impl MessageTable {
    pub fn new(_: [(u32, String); 3]) -> Self {
        Self
    }
    pub fn encode(&self) -> Vec<u8> {
        vec![]
    }
}
pub fn stamp(i: &Image<'_>, _: &Resources<'_>, _: u32) -> Result<Vec<u8>, PeError> {
    Ok(i.0.to_vec())
}
#[derive(Clone, Debug)]
pub struct FileVersion {
    pub version: [u16; 4],
    pub language: u16,
}
impl std::fmt::Display for FileVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b, c, d] = self.version;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}
pub fn read_version(_: &[u8]) -> Result<Option<FileVersion>, PeError> {
    Ok(None)
}
