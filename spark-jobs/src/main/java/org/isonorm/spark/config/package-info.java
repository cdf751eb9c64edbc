/**
 * The configuration: HOCON files and command-line settings in, an immutable tree of records out.
 * Before it stands the command line; after it everything that runs.
 *
 * <p>{@code conf/base.conf} documents every key. A key {@code group.some-key} is the component
 * {@code someKey} of the group's record, which checks it.
 */
package org.isonorm.spark.config;
