package org.isonorm.data.shard;

import java.io.Serializable;

/**
 * An image of the source that could not be read and was left out because that was asked for.
 *
 * @param split the directory of the split it would be in
 * @param reason the sentence that names it and what is wrong with it
 */
public record SkippedFile(String split, String reason) implements Serializable {}
