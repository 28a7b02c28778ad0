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
        Column::identifier("Directory", "Unique identifier for directory entry, primary key. If a property by this name is defined, it contains the full path to the directory.").key(),
        Column::identifier("Directory_Parent", "Reference to the entry in this table specifying the default parent directory. A record parented to itself or with a Null parent represents a root of the install tree.").nullable().refers_to("Directory"),
        Column::localized("DefaultDir", 255, DefaultDir, "The default sub-path under parent's path."),
    ],
};

/// What is installed, repaired and counted as one.
pub static COMPONENT: Table = Table {
    name: "Component",
    columns: &[
        Column::identifier("Component", "Primary key used to identify a particular component record.").key(),
        Column::text("ComponentId", 38, Guid, "A string GUID unique to this component, version, and language.").nullable(),
        Column::identifier("Directory_", "Required key of a Directory table record. This is actually a property name whose value contains the actual path, set either by the AppSearch action or with the default setting obtained from the Directory table.").refers_to("Directory"),
        Column::short("Attributes", "Remote execution option, one of irsEnum"),
        Column::text("Condition", 255, Condition, "A conditional statement that will disable this component if the specified condition evaluates to the 'True' state. If a component is disabled, it will not be installed, regardless of the 'Action' state associated with the component.").nullable(),
        Column::identifier("KeyPath", "Either the primary key into the File table, Registry table, or ODBCDataSource table. This extract path is stored when the component is installed, and is used to detect the presence of the component and to return the path to it.").nullable().refers_to("File;Registry;ODBCDataSource"),
    ],
};

/// What an administrator chooses to install.
pub static FEATURE: Table = Table {
    name: "Feature",
    columns: &[
        Column::text("Feature", 38, Identifier, "Primary key used to identify a particular feature record.").key(),
        Column::text("Feature_Parent", 38, Identifier, "Optional key of a parent record in the same table. If the parent is not selected, then the record will not be installed. Null indicates a root item.").nullable().refers_to("Feature"),
        Column::localized("Title", 64, Text, "Short text identifying a visible feature item.").nullable(),
        Column::localized("Description", 255, Text, "Longer descriptive text describing a visible feature item.").nullable(),
        Column::short("Display", "Numeric sort order, used to force a specific display ordering.").nullable().between(0, 32_767),
        Column::short("Level", "The install level at which record will be initially selected. An install level of 0 will disable an item and prevent its display.").between(0, 32_767),
        Column::text("Directory_", 72, UpperCase, "The name of the Directory that can be configured by the UI. A non-null value will enable the browse button.").nullable().refers_to("Directory"),
        Column::short("Attributes", "Feature attributes").one_of("0;1;2;4;5;6;8;9;10;16;17;18;20;21;22;24;25;26;32;33;34;36;37;38;48;49;50;52;53;54"),
    ],
};

/// Which components a feature installs.
pub static FEATURE_COMPONENTS: Table = Table {
    name: "FeatureComponents",
    columns: &[
        Column::text("Feature_", 38, Identifier, "Foreign key into Feature table.").key().refers_to("Feature"),
        Column::identifier("Component_", "Foreign key into Component table.").key().refers_to("Component"),
    ],
};

/// The files to install.
pub static FILE: Table = Table {
    name: "File",
    columns: &[
        Column::identifier("File", "Primary key, non-localized token, must match identifier in cabinet.  For uncompressed files, this field is ignored.").key(),
        Column::identifier("Component_", "Foreign key referencing Component that controls the file.").refers_to("Component"),
        Column::localized("FileName", 255, Filename, "File name used for installation, may be localized.  This may contain a \"short name|long name\" pair."),
        Column::long("FileSize", "Size of file in bytes (long integer).").between(0, i32::MAX),
        Column::text("Version", 72, Version, "Version string for versioned files;  Blank for unversioned files.").nullable().refers_to("File"),
        Column::text("Language", 20, Language, "List of decimal language Ids, comma-separated if more than one.").nullable(),
        Column::short("Attributes", "Integer containing bit flags representing file attributes (with the decimal value of each bit position in parentheses)").nullable().between(0, 32_767),
        Column::long("Sequence", "Sequence with respect to the media images; order must track cabinet order.").between(1, i32::MAX),
    ],
};

/// The content hash of files without a version, by which a repair sees that they were changed.
pub static MSI_FILE_HASH: Table = Table {
    name: "MsiFileHash",
    columns: &[
        Column::identifier("File_", "Primary key, foreign key into File table referencing file with this hash").key().refers_to("File"),
        Column::short("Options", "Various options and attributes for this hash.").between(0, 32_767),
        Column::long("HashPart1", "First 32 bits of the file's MD5 hash."),
        Column::long("HashPart2", "Second 32 bits of the file's MD5 hash."),
        Column::long("HashPart3", "Third 32 bits of the file's MD5 hash."),
        Column::long("HashPart4", "Last 32 bits of the file's MD5 hash."),
    ],
};

/// Where the files lie: the cabinets.
pub static MEDIA: Table = Table {
    name: "Media",
    columns: &[
        Column::short("DiskId", "Primary key, integer to determine sort order for table.").key().between(1, 32_767),
        Column::long("LastSequence", "File sequence number for the last file for this media.").between(0, i32::MAX),
        Column::localized("DiskPrompt", 64, Text, "Disk name: the visible text actually printed on the disk.  This will be used to prompt the user when this disk needs to be inserted.").nullable(),
        Column::text("Cabinet", 255, Cabinet, "If some or all of the files stored on the media are compressed in a cabinet, the name of that cabinet.").nullable(),
        Column::text("VolumeLabel", 32, Text, "The label attributed to the volume.").nullable(),
        Column::text("Source", 72, Property, "The property defining the location of the cabinet file.").nullable(),
    ],
};

/// Directories that exist even if no file is put into them.
pub static CREATE_FOLDER: Table = Table {
    name: "CreateFolder",
    columns: &[
        Column::identifier("Directory_", "Primary key, could be foreign key into the Directory table.").key().refers_to("Directory"),
        Column::identifier("Component_", "Foreign key into the Component table.").key().refers_to("Component"),
    ],
};

/// Files and directories that an installation did not bring but that it takes away.
pub static REMOVE_FILE: Table = Table {
    name: "RemoveFile",
    columns: &[
        Column::identifier("FileKey", "Primary key used to identify a particular file entry").key(),
        Column::identifier("Component_", "Foreign key referencing Component that controls the file to be removed.").refers_to("Component"),
        Column::localized("FileName", 255, WildCardFilename, "Name of the file to be removed.").nullable(),
        Column::identifier("DirProperty", "Name of a property whose value is assumed to resolve to the full pathname to the folder of the file to be removed."),
        Column::short("InstallMode", "Installation option, one of iimEnum.").one_of("1;2;3"),
    ],
};
