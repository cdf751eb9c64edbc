/**
 * Folders and files wherever Hadoop reaches, as {@link java.nio.file.Path}: the writers and readers
 * of runs, grids and reports know no other kind.
 */
package org.isonorm.spark.storage;
