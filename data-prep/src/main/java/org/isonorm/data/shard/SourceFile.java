package org.isonorm.data.shard;

import java.io.Serializable;

/**
 * A file the data set was made from: its name, size in bytes and SHA-256 in lower-case hexadecimal.
 */
public record SourceFile(String name, long bytes, String sha256) implements Serializable {}
