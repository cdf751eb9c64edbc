package org.isonorm.spark.report;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.isonorm.spark.config.Secrets;

@AnalyzeClasses(
    packages = "org.isonorm.spark.report",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ReportDirectionTest {
  /**
   * Arrays and primitives have the package "". The diagnosis is a value of init-lib, which needs
   * the JDK alone.
   */
  @ArchTest
  static final ArchRule usesTheRunsFormatAndWhatWithholdsSecretsAndNoOtherCodeOfTheProject =
      classes()
          .should()
          .onlyDependOnClassesThat(
              belongToAnyOf(Secrets.class)
                  .or(
                      resideInAnyPackage(
                          "",
                          "java..",
                          "javax.xml..",
                          "org.w3c.dom..",
                          "org.xml.sax..",
                          "org.isonorm.spark.report..",
                          "org.isonorm.spark.run..",
                          "org.isonorm.init..",
                          "com.fasterxml.jackson..",
                          "com.typesafe.config..",
                          "com.univocity.parsers..",
                          "freemarker..",
                          "javax.imageio..",
                          "org.apache.batik.svggen..",
                          "org.apache.commons.math3..",
                          "org.knowm.xchart..",
                          "org.slf4j..")));

  @ArchTest
  static final ArchRule opensNoWindow =
      noClasses().should().dependOnClassesThat().resideInAPackage("javax.swing..");
}
