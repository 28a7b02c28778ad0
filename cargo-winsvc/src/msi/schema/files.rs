//! The tables of directories, components, features and the files in them.

use super::Category::{
    Cabinet, Condition, DefaultDir, Filename, Guid, Identifier, Language, Property, Text, UpperCase, Version,
    WildCardFilename,
};
use super::{Column, Table};

/// The tree of directories on the target and in the source.
pub static DIRECTORY: Table = Table {
    name: "Directory",
    columns: &[
        Column::identifier("Directory").key().described("Unique identifier for directory entry, primary key. If a property by this name is defined, it contains the full path to the directory."),
        Column::identifier("Directory_Parent").nullable().refers_to("Directory").described("Reference to the entry in this table specifying the default parent directory. A record parented to itself or with a Null parent represents a root of the install tree."),
        Column::localized("DefaultDir", 255, DefaultDir).described("The default sub-path under parent's path."),
    ],
};

/// What is installed, repaired and counted as one.
pub static COMPONENT: Table = Table {
    name: "Component",
    columns: &[
        Column::identifier("Component").key().described("Primary key used to identify a particular component record."),
        Column::text("ComponentId", 38, Guid).nullable().described("A string GUID unique to this component, version, and language."),
        Column::identifier("Directory_").refers_to("Directory").described("Required key of a Directory table record. This is actually a property name whose value contains the actual path, set either by the AppSearch action or with the default setting obtained from the Directory table."),
        Column::short("Attributes").described("Remote execution option, one of irsEnum"),
        Column::text("Condition", 255, Condition).nullable().described("A conditional statement that will disable this component if the specified condition evaluates to the 'True' state. If a component is disabled, it will not be installed, regardless of the 'Action' state associated with the component."),
        Column::identifier("KeyPath").nullable().refers_to("File;Registry;ODBCDataSource").described("Either the primary key into the File table, Registry table, or ODBCDataSource table. This extract path is stored when the component is installed, and is used to detect the presence of the component and to return the path to it."),
    ],
};

/// What an administrator chooses to install.
pub static FEATURE: Table = Table {
    name: "Feature",
    columns: &[
        Column::text("Feature", 38, Identifier).key().described("Primary key used to identify a particular feature record."),
        Column::text("Feature_Parent", 38, Identifier).nullable().refers_to("Feature").described("Optional key of a parent record in the same table. If the parent is not selected, then the record will not be installed. Null indicates a root item."),
        Column::localized("Title", 64, Text).nullable().described("Short text identifying a visible feature item."),
        Column::localized("Description", 255, Text).nullable().described("Longer descriptive text describing a visible feature item."),
        Column::short("Display").nullable().between(0, 32_767).described("Numeric sort order, used to force a specific display ordering."),
        Column::short("Level").between(0, 32_767).described("The install level at which record will be initially selected. An install level of 0 will disable an item and prevent its display."),
        Column::text("Directory_", 72, UpperCase).nullable().refers_to("Directory").described("The name of the Directory that can be configured by the UI. A non-null value will enable the browse button."),
        Column::short("Attributes").one_of("0;1;2;4;5;6;8;9;10;16;17;18;20;21;22;24;25;26;32;33;34;36;37;38;48;49;50;52;53;54").described("Feature attributes"),
    ],
};

/// Which components a feature installs.
pub static FEATURE_COMPONENTS: Table = Table {
    name: "FeatureComponents",
    columns: &[
        Column::text("Feature_", 38, Identifier).key().refers_to("Feature").described("Foreign key into Feature table."),
        Column::identifier("Component_").key().refers_to("Component").described("Foreign key into Component table."),
    ],
};

/// The files to install.
pub static FILE: Table = Table {
    name: "File",
    columns: &[
        Column::identifier("File").key().described("Primary key, non-localized token, must match identifier in cabinet.  For uncompressed files, this field is ignored."),
        Column::identifier("Component_").refers_to("Component").described("Foreign key referencing Component that controls the file."),
        Column::localized("FileName", 255, Filename).described("File name used for installation, may be localized.  This may contain a \"short name|long name\" pair."),
        Column::long("FileSize").between(0, i32::MAX).described("Size of file in bytes (long integer)."),
        Column::text("Version", 72, Version).nullable().refers_to("File").described("Version string for versioned files;  Blank for unversioned files."),
        Column::text("Language", 20, Language).nullable().described("List of decimal language Ids, comma-separated if more than one."),
        Column::short("Attributes").nullable().between(0, 32_767).described("Integer containing bit flags representing file attributes (with the decimal value of each bit position in parentheses)"),
        Column::long("Sequence").between(1, i32::MAX).described("Sequence with respect to the media images; order must track cabinet order."),
    ],
};

/// The content hash of files without a version, by which a repair sees that they were changed.
pub static MSI_FILE_HASH: Table = Table {
    name: "MsiFileHash",
    columns: &[
        Column::identifier("File_").key().refers_to("File").described("Primary key, foreign key into File table referencing file with this hash"),
        Column::short("Options").between(0, 32_767).described("Various options and attributes for this hash."),
        Column::long("HashPart1").described("First 32 bits of the file's MD5 hash."),
        Column::long("HashPart2").described("Second 32 bits of the file's MD5 hash."),
        Column::long("HashPart3").described("Third 32 bits of the file's MD5 hash."),
        Column::long("HashPart4").described("Last 32 bits of the file's MD5 hash."),
    ],
};

/// Where the files lie: the cabinets.
pub static MEDIA: Table = Table {
    name: "Media",
    columns: &[
        Column::short("DiskId").key().between(1, 32_767).described("Primary key, integer to determine sort order for table."),
        Column::long("LastSequence").between(0, i32::MAX).described("File sequence number for the last file for this media."),
        Column::localized("DiskPrompt", 64, Text).nullable().described("Disk name: the visible text actually printed on the disk.  This will be used to prompt the user when this disk needs to be inserted."),
        Column::text("Cabinet", 255, Cabinet).nullable().described("If some or all of the files stored on the media are compressed in a cabinet, the name of that cabinet."),
        Column::text("VolumeLabel", 32, Text).nullable().described("The label attributed to the volume."),
        Column::text("Source", 72, Property).nullable().described("The property defining the location of the cabinet file."),
    ],
};

/// The certificates by which files beside the package are signed.
pub static MSI_DIGITAL_CERTIFICATE: Table = Table {
    name: "MsiDigitalCertificate",
    columns: &[
        Column::identifier("DigitalCertificate").key().described("A unique identifier for the row"),
        Column::binary("CertData").described("A certificate context blob for a signer certificate"),
    ],
};

/// Which of them must have signed which file; only cabinets of `Media` are possible.
pub static MSI_DIGITAL_SIGNATURE: Table = Table {
    name: "MsiDigitalSignature",
    columns: &[
        Column::text("Table", 32, Text).key().one_of("Media").described("Reference to another table name (only Media table is supported)"),
        Column::text("SignObject", 72, Text).key().described("Foreign key to Media table"),
        Column::identifier("DigitalCertificate_").refers_to("MsiDigitalCertificate").described("Foreign key to MsiDigitalCertificate table identifying the signer certificate"),
        Column::binary("Hash").nullable().described("The encoded hash blob from the digital signature"),
    ],
};

/// Directories that exist even if no file is put into them.
pub static CREATE_FOLDER: Table = Table {
    name: "CreateFolder",
    columns: &[
        Column::identifier("Directory_").key().refers_to("Directory").described("Primary key, could be foreign key into the Directory table."),
        Column::identifier("Component_").key().refers_to("Component").described("Foreign key into the Component table."),
    ],
};

/// Files and directories that an installation did not bring but that it takes away.
pub static REMOVE_FILE: Table = Table {
    name: "RemoveFile",
    columns: &[
        Column::identifier("FileKey").key().described("Primary key used to identify a particular file entry"),
        Column::identifier("Component_").refers_to("Component").described("Foreign key referencing Component that controls the file to be removed."),
        Column::localized("FileName", 255, WildCardFilename).nullable().described("Name of the file to be removed."),
        Column::identifier("DirProperty").described("Name of a property whose value is assumed to resolve to the full pathname to the folder of the file to be removed."),
        Column::short("InstallMode").one_of("1;2;3").described("Installation option, one of iimEnum."),
    ],
};
