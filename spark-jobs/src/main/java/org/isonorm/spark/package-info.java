/**
 * The command line's entry point; configuration, training, evaluation and reports live in the
 * packages below.
 */
package org.isonorm.spark;
