/**
 * The last stage: pages people look at, built from the files of a finished, stopped or running run
 * alone. The stage before is evaluation, which leaves its numbers in the run's folder; nothing
 * comes after. Of the project's code it calls the run's format alone, so that a report can be made
 * anywhere a run's folder can be copied to.
 */
package org.isonorm.spark.report;
